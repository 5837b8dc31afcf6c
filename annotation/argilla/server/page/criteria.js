// Criteria beside the questions about them; places for criteria that an item does not have are left out.

import { MARKUP, all, nameOf, one, questions } from "./markup.js";
import { want } from "./wanted.js";

const ABOUT = /^(criterion|decision|text)_(\d+)(?:_(\d+))?$/;

// What responses of each score are like: it stands on the left, and is too long beside the question.
const LEVELS = /^Score \S+: /;

// The texts of the numbered list that the field "Criteria" shows, in order.
export function criteria() {
  const field = one("[data-winnow-field=criteria]");
  const found = [];
  for (const block of all(".markdown-render > *", field ?? document.createElement("div"))) {
    const number = one("strong:first-child", block)?.textContent;
    const text = block.textContent.trim();
    if (number === `${found.length + 1}.`) found.push(text.slice(number.length).trim());
    else if (found.length && !LEVELS.test(text)) found[found.length - 1] += ` ${text}`;
  }
  return found;
}

export function placeCriteria() {
  const texts = criteria();
  if (!texts.length) return;
  for (const question of questions()) {
    const about = ABOUT.exec(nameOf(question));
    if (!about) continue;
    const [, kind, number, place] = about;
    const title = one(MARKUP.title, question);
    if (title) title.dataset.winnowCriterion = texts[number - 1] ?? "";
    question.dataset.winnowTells = kind !== "text" && place !== "2";
    const isAbsent = number > texts.length || (kind === "text" && !isReworded(number, question));
    setAbsent(question, isAbsent);
    if (kind === "criterion") want(nameOf(question), !isAbsent);
  }
}

// A colour of its own for each criterion, where Argilla's are hardly to be told apart.
export function colourMarks() {
  for (const mark of all(`.span-entity__wrapper, ${COLOURS}`)) {
    const number = criterionOf(mark);
    if (number) mark.style.setProperty("--winnow-hue", 40 + 137 * (number - 1));
  }
}

// Colours of criteria that the item does not have are not offered, nor picked by their number.
export function offerColours() {
  const n = criteria().length;
  for (const colour of n ? all(COLOURS) : []) {
    const isAbsent = criterionOf(colour) > n;
    if (colour.hidden !== isAbsent) colour.hidden = isAbsent;
    for (const option of all("input", colour)) if (option.disabled !== isAbsent) option.disabled = isAbsent;
  }
}

const COLOURS = "[data-winnow-question^=marks_in] .input-button";

const criterionOf = (mark) =>
  Number(/\d+/.exec(one(".span-entity__text, .label-text > span:last-child", mark)?.textContent)?.[0] ?? 0);

function isReworded(number, question) {
  return Boolean(one(`#decision_${number}_edit:checked`)) || one(MARKUP.boxText, question)?.innerText.trim();
}

function setAbsent(question, isAbsent) {
  if (isAbsent) question.setAttribute("aria-hidden", "true");
  else if (question.hasAttribute("aria-hidden")) question.removeAttribute("aria-hidden");
  for (const part of all("input, button, .container, [contenteditable]", question)) {
    if (isAbsent && part.tabIndex !== -1) {
      part.dataset.winnowTab = part.getAttribute("tabindex") ?? "";
      part.tabIndex = -1;
    } else if (!isAbsent && "winnowTab" in part.dataset) {
      if (part.dataset.winnowTab) part.setAttribute("tabindex", part.dataset.winnowTab);
      else part.removeAttribute("tabindex");
      delete part.dataset.winnowTab;
    }
  }
}
