// Where the focus goes: past questions that are left out, into sight, and back to where it was.

import { MARKUP, one, questionOf } from "./markup.js";

let last = null;

// Argilla moves the focus from question to question without scrolling; past one that is left out it is sent on.
export function followFocus(event) {
  const question = questionOf(event.target);
  if (!question) return;
  if (question.getAttribute("aria-hidden") === "true") return passOver(question);
  last = question;
  if (matchMedia("(min-width: 1100px)").matches) question.scrollIntoView({ block: "nearest" });
}

function passOver(question) {
  const isBack = last && last.compareDocumentPosition(question) & Node.DOCUMENT_POSITION_PRECEDING;
  queueMicrotask(() => press(question, isBack ? "ArrowUp" : "ArrowDown"));
}

// A text box that was in focus without being written in is left again, as Argilla opens it at once.
export function focusAgain(element) {
  element?.focus?.();
  if (!element?.matches?.(".container")) return;
  const text = one(MARKUP.boxText, element);
  if (text) press(text, "Escape");
}

function press(element, key) {
  element.dispatchEvent(new KeyboardEvent("keydown", { key, code: key, bubbles: true }));
}
