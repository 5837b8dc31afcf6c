// Which questions an item wants answered: Argilla knows that only for all items of a data set alike.

import { MARKUP, one } from "./markup.js";

export function want(name, isWanted) {
  const question = recordOnPage()?.questions?.find((asked) => asked.name === name);
  if (question && question.isRequired !== isWanted) question.isRequired = isWanted;
}

function recordOnPage() {
  let part = one(MARKUP.form)?.__vue__;
  while (part && !part.record) part = part.$parent;
  return part?.record;
}
