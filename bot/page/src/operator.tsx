import { render } from "preact";
import "./style.css";
import { Operator } from "./views/operator";

render(<Operator />, document.getElementById("page") as HTMLElement);
