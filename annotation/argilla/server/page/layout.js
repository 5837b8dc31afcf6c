// Places that follow from what an item shows; where things stand side by side, page.css says.

import { MARKUP, all, one } from "./markup.js";
import { ours, part } from "./status.js";

const jump = part("button", { type: "button", class: "winnow-jump" }, "To the questions");
ours.append(jump);
jump.addEventListener("click", () => (isAtQuestions() ? one(MARKUP.field) : one(MARKUP.form))?.scrollIntoView());
document.addEventListener("scroll", tellWhereJumpLeads, { capture: true, passive: true });

let shown = null;

export function layOut() {
  const chat = one(MARKUP.chat);
  jump.hidden = !one(MARKUP.form);
  tellWhereJumpLeads();
  if (!chat) return;
  const item = chat.textContent;
  const box = chat.closest("[data-winnow-field]");
  if (!box) return;
  const isLong = box.scrollHeight > box.clientHeight + 1;
  if (isLong) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
  if (isLong) {
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Conversation");
  }
  if (item === shown) return;
  shown = item;
  const turn = all(MARKUP.chatTurn).at(-1);
  if (turn) box.scrollTop = turn.offsetTop - box.offsetTop;
  if (innerWidth < 1100) one(MARKUP.left)?.scrollIntoView();
}

function isAtQuestions() {
  const form = one(MARKUP.form)?.getBoundingClientRect();
  return Boolean(form) && form.top < innerHeight * 0.6;
}

function tellWhereJumpLeads() {
  const words = isAtQuestions() ? "To the texts" : "To the questions";
  if (jump.textContent !== words) jump.textContent = words;
}
