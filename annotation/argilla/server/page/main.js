// Winnow's additions to Argilla's page: names for screen readers, keys, and a layout for comparing.

import { colourMarks, offerColours, placeCriteria } from "./criteria.js";
import { followFocus } from "./focus.js";
import { offerKeys } from "./help.js";
import { onKey } from "./keyboard.js";
import { layOut } from "./layout.js";
import { nameFields, nameFrame, nameQuestions } from "./names.js";
import { ours, tellProgress } from "./status.js";

let isDue = false;

function bringUpToDate() {
  isDue = false;
  nameFields();
  placeCriteria();
  colourMarks();
  offerColours();
  nameQuestions();
  nameFrame();
  layOut();
  offerKeys();
  tellProgress();
}

function soon(changes = []) {
  if (isDue || (changes.length && changes.every(({ target }) => ours.contains(target)))) return;
  isDue = true;
  requestAnimationFrame(bringUpToDate);
}

document.body.prepend(ours);
new MutationObserver(soon).observe(document.body, {
  childList: true,
  characterData: true,
  subtree: true,
});
window.addEventListener("keydown", onKey, true);
document.addEventListener("change", placeCriteria, true);
document.addEventListener("focusin", followFocus, true);
soon();
