// Keys that Argilla's page lacks, and Argilla's own where they lead into a trap.

import { MARKUP, isAnswered, isRequired, isTyping, one, questionOf, questions } from "./markup.js";
import { toggleKeys } from "./help.js";
import { afterMarks, isMarking, markingKey, startMarking } from "./marking.js";
import { say } from "./status.js";

export function onKey(event) {
  if (event.isComposing) return;
  if (event.target.matches?.(".dropdown[role=button]") && /^(Enter| )$/.test(event.key)) {
    return done(event, () => one(".dropdown__header", event.target)?.click()); // for the mouse alone otherwise
  }
  if (one("dialog[open]")) return event.key === "F1" ? done(event, toggleKeys) : event.stopImmediatePropagation();
  if (isMarking()) return markingKey(event);
  if (!one(MARKUP.form)) return;
  const typing = isTyping(event.target);
  if (event.key === "F1" || (event.key === "?" && !typing && !boxOf(event.target))) return done(event, toggleKeys);
  if (event.key === "F8") return done(event, startMarking);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return done(event, () => afterMarks(submit));
  if (event.key === "PageDown" || event.key === "PageUp") return scroll(event);
  if (event.key === "Tab") return event.stopImmediatePropagation(); // Argilla would keep it within a question
  if (typing) return;
  if (event.key === "Enter" && isButton(event.target)) return event.stopImmediatePropagation(); // not submit too
  if (event.key === "Backspace" && event.repeat) return done(event, () => {}); // one press, one item
  if (event.key === "Enter" && !event.shiftKey) return tellWhatIsMissing();
  writeAtOnce(event);
}

function submit() {
  if (!tellWhatIsMissing()) one(MARKUP.submit)?.click();
}

// Goes to the first question that has to be answered and is not; says whether there is one.
function tellWhatIsMissing() {
  const missing = questions().find((question) => isRequired(question) && !isAnswered(question));
  if (!missing) return false;
  say(`Not submitted. To answer: ${missing.getAttribute("aria-label")}`);
  missing.scrollIntoView({ block: "nearest" });
  const part = one(`${MARKUP.option}, ${MARKUP.unranked}, ${MARKUP.boxText}`, missing);
  part?.focus({ preventScroll: true });
  return true;
}

function scroll(event) {
  const record = one(MARKUP.record);
  if (!record || record.scrollHeight <= record.clientHeight) return;
  const step = record.clientHeight * 0.6 * (event.key === "PageUp" ? -1 : 1);
  done(event, () => record.scrollBy({ top: step }));
}

// A letter writes in an empty text box in focus, without the box being opened first.
function writeAtOnce(event) {
  const text = boxOf(event.target);
  if (!text || text.innerText.trim() || event.key.length !== 1) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  event.stopImmediatePropagation();
  text.focus();
}

const boxOf = (target) =>
  target.matches?.(".container[tabindex]") && questionOf(target) ? one(MARKUP.boxText, target) : null;

const isButton = (target) =>
  target.matches?.("button, a[href]") || (target.matches?.("[role=button]") && !questionOf(target));

function done(event, act) {
  event.preventDefault();
  event.stopImmediatePropagation();
  act();
}
