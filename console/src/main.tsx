import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import { effect } from "@preact/signals";
import { render } from "preact";
import { App } from "./app";
import { resume } from "./session/session";
import { language } from "./words/language";

effect(() => {
  document.documentElement.lang = language.value;
});

const root = document.getElementById("console");
if (root === null) {
  throw new Error("index.html has no element #console");
}
render(<App />, root);
void resume();
