// SPDX-License-Identifier: GPL-2.0
// All that a run knows of a case that did not pass.
"use strict";

svacheck.failure = (its) => {
  const { node } = svacheck;
  const made = [];
  const line = (label, text) => {
    if (text) made.push(node("p", {}, `${label}: `, node("code", {}, text)));
  };
  const box = (lines, label, more) => {
    made.push(node("pre", { tabindex: "0", role: "region", "aria-label": label }, lines.join("\n")));
    if (more) made.push(node("p", { class: "note" }, `${svacheck.count(more, "more line")}.`));
  };

  if (its.known) made.push(node("p", { class: "note" }, `Known issue: ${its.known}`));
  line("Breaks", its.breaks.join(", "));
  line("Where", its.where);
  if (its.lines.length) box(its.lines, "What the case says", its.more);
  if (!its.excerpt) line("Console", its.console);
  else if (its.excerpt.trouble) {
    made.push(node("p", { class: "note" }, `No console lines: ${its.excerpt.trouble}.`));
  } else {
    line("Console", its.console);
    box(its.excerpt.lines, "Console lines", its.excerpt.more);
  }
  line("Alone", its.alone);
  line("Replay", its.replay);
  return made;
};
