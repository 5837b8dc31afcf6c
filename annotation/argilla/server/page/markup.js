// What Winnow's additions expect of Argilla's markup. A test fails where an Argilla no longer has one of these.

export const MARKUP = {
  record: ".record__content",
  recordHead: ".record__fixed-header",
  field: ".record__content > .fields > div",
  chat: ".fields .chat",
  chatTitle: ".chat > .chat__title",
  chatTurn: ".chat__wrapper > div > .chat__item",
  textField: ".fields .text_field_component",
  textTitle: ".text_field_component__title-content",
  markdown: ".text_field_component .markdown-render",
  markable: ".text_field_component__area > p[tabindex]",
  badge: "[id^='entity-span-container-'] .span-entity__close-button",
  left: "[role=main] > .resizable-v__left",
  right: "[role=main] > .resizable-v__right",
  form: "form.questions-form",
  questionList: ".questions-form .questions[role=list]",
  question: ".questions > [aria-label^='Question: ']",
  title: ".title-area > .suggestion-info",
  requiredMark: ".suggestion-info > [role=mark]",
  options: ".inputs-area",
  option: ".input-button input[type=checkbox]",
  optionKey: ".label-text > .key",
  box: ".container > .textarea, .container > [role=textbox]",
  boxText: ".textarea [contenteditable=true]",
  unranked: ".draggable__questions-container > [title]",
  slot: ".draggable__slot",
  ranked: ".draggable__slot-box > [title]",
  submit: ".footer-form .button--submit",
  discard: ".footer-form .button--discard",
  nSubmitted: ".my-progress__status .status-counter__counter",
  place: ".pagination__info",
  breadcrumbs: ".breadcrumbs > ul",
  filters: ".filters__wrapper",
  menu: ".dropdown > .dropdown__header",
  guidelines: ".panel > .panel__header",
};

// Set by names.js, which puts the question's words in the place of the label that MARKUP.question finds.
const QUESTION = "[data-winnow-question]";

export const one = (selector, root = document) => root.querySelector(selector);
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];

export const questions = () => all(QUESTION);
export const questionOf = (element) => element?.closest?.(QUESTION) ?? null;
export const nameOf = (question) => question.dataset.winnowQuestion;

export function isRequired(question) {
  const mark = one(MARKUP.requiredMark, question);
  return Boolean(mark) && mark.style.display !== "none";
}

export function isAnswered(question) {
  if (one(MARKUP.unranked, question)) return false;
  if (one(MARKUP.slot, question)) return true;
  const box = one(MARKUP.boxText, question);
  return box ? box.innerText.trim() !== "" : all(MARKUP.option, question).some((o) => o.checked);
}

// The kind of task, by the names of its questions.
export function taskOf(names) {
  const has = (pattern) => names.some((name) => pattern.test(name));
  if (has(/^preference$/)) return "pairwise";
  if (has(/^ranking$/)) return "ranking";
  if (has(/^criterion_\d/)) return "checklist";
  if (has(/^decision_\d/)) return "rubric_review";
  return has(/^edited$/) ? "edit" : "ratings";
}

export const isTyping = (target) =>
  target.isContentEditable || target.matches?.("input:not([type=checkbox]), textarea, select");
