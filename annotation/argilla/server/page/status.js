// What screen readers are told of what changes, and the heading of the page; Argilla's page has neither.

import { MARKUP, one } from "./markup.js";

const status = part("p", { role: "status", "aria-live": "polite", class: "winnow-unseen" });
const heading = part("h1", { class: "winnow-unseen" });
export const ours = part("section", { id: "winnow", "aria-label": "Winnow" }, heading, status);

let seen = { submitted: null, place: null };

export function part(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function say(words) {
  if (words) status.textContent = words;
}

export function tellProgress() {
  const submitted = one(MARKUP.nSubmitted)?.textContent.trim() ?? null;
  const place = one(MARKUP.form) ? (one(MARKUP.place)?.textContent.trim().replace(/\s+/g, " ") ?? null) : null;
  const queue = one(`${MARKUP.breadcrumbs} > li:last-child`)?.textContent.trim();
  heading.hidden = Boolean(one("h1:not(.winnow-unseen)"));
  if (heading.textContent !== queue) heading.textContent = queue ?? "Winnow";
  if (place !== seen.place || submitted !== seen.submitted) {
    const isMore = seen.submitted !== null && Number(submitted) > Number(seen.submitted);
    say([isMore ? `Submitted, ${submitted} in all.` : "", place ? `Item ${place}.` : ""].join(" ").trim());
  }
  seen = { submitted, place };
}
