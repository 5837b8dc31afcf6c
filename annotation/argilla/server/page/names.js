// Roles and names by which screen readers read the page, put right where Argilla's are missing or wrong.
// Only attributes are set: the elements stay Argilla's, which draws them anew when it likes.

import { MARKUP, all, isRequired, one, questions } from "./markup.js";

const INTERACTIVE = "button, a[href], input, [tabindex='0'], [contenteditable=true]";
const WORDS = { "search-area__icon": "Search", "span-entity__close-button": "Remove this mark" };

export function nameQuestions() {
  unname(".questions-form .questions", "role", "aria-label");
  for (const question of questions()) {
    const words = wordsOf(question);
    const label = words + (isRequired(question) ? ", required" : "");
    name(question, "group", label);
    for (const box of all(MARKUP.options, question)) {
      unnameOne(box, "role", "aria-label", "aria-multiselectable");
    }
    for (const box of all(".textarea[role=textbox]", question)) unnameOne(box, "role");
    for (const text of all(MARKUP.boxText, question)) {
      name(text, "textbox", label);
      text.setAttribute("aria-multiline", "true");
      name(text.closest(".container"), "group", `${words}: Shift and Enter, or just type, to write`);
    }
    for (const title of all(".title-area[aria-label]", question)) unnameOne(title, "aria-label");
    nameRanking(question, words);
  }
  for (const key of all(MARKUP.optionKey)) key.setAttribute("aria-hidden", "true");
}

function nameRanking(question, words) {
  const places = all(MARKUP.slot, question).length;
  for (const item of all(MARKUP.unranked, question)) {
    name(item, "button", `${item.title}: not placed, press 1 to ${places}`);
  }
  all(MARKUP.slot, question).forEach((slot, n) => {
    for (const item of all(MARKUP.ranked, slot)) name(item, "button", `${item.title}: place ${n + 1}`);
  });
  for (const list of all(".draggable__questions-container[role]", question)) {
    unnameOne(list, "role", "aria-orientation");
  }
}

function wordsOf(question) {
  const title = one(MARKUP.title, question);
  const said = (title?.firstChild?.textContent ?? "").trim();
  const help = one(".icon-info[aria-label]", question)?.getAttribute("aria-label");
  const criterion = title?.dataset.winnowCriterion;
  return [said, criterion, help].filter(Boolean).join(". ");
}

export function nameFields() {
  for (const question of all(MARKUP.question)) {
    question.dataset.winnowQuestion = question.getAttribute("aria-label").replace("Question: ", "");
  }
  for (const field of all(MARKUP.field)) {
    const title = one(`${MARKUP.textTitle}, .chat__title`, field);
    if (!title) continue;
    const words = title.textContent.trim();
    field.dataset.winnowField = /^Response \d+$/.test(words) ? "response" : words.toLowerCase();
    title.setAttribute("role", "heading");
    title.setAttribute("aria-level", "2");
    title.removeAttribute("aria-label");
    for (const part of all("[aria-label^='Data ']", field)) unnameOne(part, "aria-label");
    for (const text of all(MARKUP.markable, field)) name(text, "group", `${words}: F8 to mark evidence`);
  }
  for (const copy of all(".markdown-render a[href='#']")) copy.setAttribute("aria-label", "Copy the code");
}

export function nameFrame() {
  for (const list of all(MARKUP.breadcrumbs)) {
    unnameOne(list, "role");
    name(list.parentElement, "navigation", "Where you are");
  }
  for (const outer of all("[role=button]")) {
    if (outer.matches("button, a") || !one(INTERACTIVE, outer)) continue;
    unnameOne(outer, "role", "aria-label", "aria-haspopup");
  }
  for (const opener of all(".dropdown[role=button]")) opener.tabIndex = 0;
  for (const part of all("[aria-controls]")) {
    if (!document.getElementById(part.getAttribute("aria-controls"))) part.removeAttribute("aria-controls");
  }
  unname("div[aria-label]:not([role]), span[aria-label]:not([role])", "aria-label");
  for (const mode of all(".annotation-type-switch > button")) {
    mode.setAttribute("aria-pressed", mode.classList.contains("active"));
    mode.removeAttribute("aria-selected");
  }
  for (const [kind, words] of Object.entries(WORDS)) {
    for (const button of all(`.${kind}`)) button.setAttribute("aria-label", words);
  }
  for (const panel of all(".panel__header[aria-label]")) panel.removeAttribute("aria-label");
  for (const icon of all(".button-settings:not([aria-label])")) icon.setAttribute("aria-label", icon.dataset.title);
  for (const text of all(".panel__content")) text.tabIndex = 0; // it scrolls, and holds nothing else to go to
  for (const tip of all("button[role=tooltip]")) tip.removeAttribute("role");
  for (const tab of all(".card-with-tabs__tab")) {
    one("button", tab)?.setAttribute("aria-label", one(".tooltip__title", tab)?.textContent ?? "Suggestion");
  }
  for (const field of all(".search-area__input")) {
    field.removeAttribute("role");
    field.setAttribute("aria-label", "Search");
  }
  for (const item of all(".status-counter")) item.setAttribute("role", "none");
  for (const bar of all("[role=progressbar]:not([aria-label])")) bar.setAttribute("aria-label", "Progress");
}

function name(element, role, label) {
  if (!element) return;
  if (element.getAttribute("role") !== role) element.setAttribute("role", role);
  if (element.getAttribute("aria-label") !== label) element.setAttribute("aria-label", label);
}

function unname(selector, ...attributes) {
  for (const element of all(selector)) unnameOne(element, ...attributes);
}

function unnameOne(element, ...attributes) {
  for (const attribute of attributes) element.removeAttribute(attribute);
}
