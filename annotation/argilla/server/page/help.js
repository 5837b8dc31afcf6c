// The list of keys, which guidelines show too.

import { focusAgain } from "./focus.js";
import { MARKUP, nameOf, one, questions, taskOf } from "./markup.js";
import { ours, part } from "./status.js";

const keys = fetch(new URL("keys.json", import.meta.url)).then((reply) => reply.json());
const table = part("dl");
const close = part("button", { type: "button", autofocus: "" }, "Close");
const heading = part("h2", { id: "winnow-keys" }, "Keys");
const dialog = part("dialog", { "aria-labelledby": "winnow-keys" }, heading, table, close);
const opener = part("button", { type: "button", class: "winnow-keys" }, "Keys ", part("kbd", {}, "F1"));

opener.addEventListener("click", toggleKeys);
close.addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => focusAgain(back));
ours.append(opener, dialog);

let back = null;

export function offerKeys() {
  opener.hidden = !one(MARKUP.form);
}

export async function toggleKeys() {
  if (dialog.open) return dialog.close();
  const task = taskOf(questions().map(nameOf));
  const shown = (await keys).filter((key) => !key.tasks || key.tasks.includes(task));
  const row = (key) => [part("dt", {}, ...key.keys.flatMap(written)), part("dd", {}, key.does)];
  table.replaceChildren(...shown.flatMap(row));
  back = document.activeElement;
  dialog.showModal();
}

const written = (word) => (word === "+" || word === "to" ? [` ${word} `] : [part("kbd", {}, word)]);
