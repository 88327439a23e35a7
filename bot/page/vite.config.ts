import { defineConfig } from "vite";

// Everything relative, so that the same files work from any folder of any host.
export default defineConfig({
  base: "./",
  build: {
    outDir: "../trimtab/web/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    sourcemap: false,
    rollupOptions: { input: ["index.html", "operator.html"] },
  },
});
