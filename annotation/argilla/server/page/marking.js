// Evidence marked by keyboard: words are picked one by one in a response, and a number marks them for a criterion.

import { MARKUP, all, one, questions, nameOf } from "./markup.js";
import { focusAgain } from "./focus.js";
import { say } from "./status.js";

const N_TRIES = 50;
const TRY_AGAIN_MS = 100;

const marks = []; // those on their way, each {option, text, words}
let marked = null; // a promise: all of them are made
let at = null; // {text, words: [{start, end}], from, to, back}: where one is while marking

export const isMarking = () => at !== null;

export function startMarking() {
  const texts = all(MARKUP.markable);
  if (!texts.length) return;
  const back = at?.back ?? document.activeElement;
  const text = texts[(texts.indexOf(at?.text) + 1) % texts.length];
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text.firstChild?.data ?? "");
  const words = [...segments]
    .filter((part) => part.isWordLike)
    .map((part) => ({ start: part.index, end: part.index + part.segment.length }));
  if (!words.length) return;
  leave();
  at = { text, words, from: 0, to: 0, back };
  text.dataset.winnowMarking = "";
  text.focus({ preventScroll: true });
  show(`Marking in ${titleOf(text)}. Arrows pick a word, with Shift more words, a number marks them, Escape ends.`);
}

export function markingKey(event) {
  if (event.key === "Tab" || event.key === "Escape" || event.key === "F8") {
    stop(event);
    return event.key === "F8" ? startMarking() : end();
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  stop(event);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: lineFrom(1), ArrowUp: lineFrom(-1) }[event.key];
  if (step) move(step, event.shiftKey);
  else if (/^[1-9]$/.test(event.key)) mark(Number(event.key));
  else if (event.key === "Delete" || event.key === "Backspace") unmark();
}

function move(step, isMore) {
  const to = Math.min(at.words.length - 1, Math.max(0, at.to + step));
  at = { ...at, to, from: isMore ? at.from : to };
  show();
}

// How many words it is to the line after (1) or before (-1), as the text was written.
function lineFrom(direction) {
  const lineOf = (n) => at.text.firstChild.data.slice(0, at.words[n].start).split("\n").length;
  let n = at.to;
  while (at.words[n + direction] && lineOf(n) === lineOf(at.to)) n += direction;
  return n - at.to || direction;
}

function select(text, { start, end }) {
  getSelection().setBaseAndExtent(text.firstChild, start, text.firstChild, end);
}

function show(words) {
  const { start, end } = picked();
  const node = at.text.firstChild;
  select(at.text, picked());
  const range = getSelection().getRangeAt(0).getBoundingClientRect();
  const view = one(MARKUP.record).getBoundingClientRect();
  if (range.top < view.top + view.height * 0.4 || range.bottom > view.bottom) {
    one(MARKUP.record).scrollBy({ top: range.top - view.top - view.height * 0.5 });
  }
  say(words ?? node.data.slice(start, end));
}

function picked() {
  const [first, last] = [Math.min(at.from, at.to), Math.max(at.from, at.to)];
  return { start: at.words[first].start, end: at.words[last].end };
}

// What is picked when the number is pressed gets the mark, whatever is pressed next; marks are made one after the other,
// as Argilla marks for the choice that was taken up last.
function mark(number) {
  const text = at.text;
  const words = picked();
  const question = questions().find((q) => nameOf(q) === `marks_in_${fieldOf(text)}`);
  const option = all(MARKUP.option, question ?? document.createElement("div"))[number - 1];
  if (!option || option.disabled) return;
  if (marks.push({ option, text, words }) === 1) marked = makeMarks();
}

// Does something once the marks that were asked for are there: at once where none is on its way, not where one fails.
export const afterMarks = (act) => (marks.length ? marked.then((areMade) => areMade && act()) : act());

async function makeMarks() {
  let areMade = true;
  while (marks.length) {
    const { option, text, words } = marks[0];
    const isMade = await makeMark(marks[0]).finally(() => marks.shift());
    const what = `${option.name}: ${text.firstChild?.data.slice(words.start, words.end)}`;
    say(isMade ? `Marked for ${what}` : `Not marked, the page was busy. Mark again for ${what}`);
    areMade &&= isMade;
  }
  if (at) show("");
  else getSelection().removeAllRanges();
  return areMade;
}

// Argilla takes a choice up in a microtask, so before any other key: a timer would let keys that wait overtake the mark.
async function makeMark({ option, text, words }) {
  if (!option.checked) option.click();
  await null;
  for (let n = 0; n < N_TRIES; n += 1) {
    if (n === 1) say("The page is busy: the mark is on its way");
    if (n) await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS));
    if (wasTaken(text, words)) return true;
  }
  return false;
}

// Argilla empties the selection that it makes a mark of, and leaves one that it does not take.
function wasTaken(text, words) {
  if (!text.isConnected) return false;
  select(text, words);
  if (getSelection().type !== "Range") return false;
  text.click();
  return getSelection().type === "None";
}

function unmark() {
  const badges = all(MARKUP.badge, at.text.closest(".text_field_component"));
  badges.at(-1)?.click();
  say(badges.length ? "Removed the last mark" : "Nothing is marked here");
}

function end() {
  const back = at.back;
  leave();
  focusAgain(back);
  say("No longer marking");
}

function leave() {
  if (at) delete at.text.dataset.winnowMarking;
  at = null;
  getSelection().removeAllRanges();
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

const fieldOf = (text) => text.closest(".text_field_component").getAttribute("name");
const titleOf = (text) => one(MARKUP.textTitle, text.closest(".text_field_component")).textContent.trim();
