// SPDX-License-Identifier: GPL-2.0
"use strict";

(() => {
  const { node, square, short, VERDICTS, STATUSES } = svacheck;
  const runs = svacheck.get("runs");
  const rule = svacheck.get("rule");
  const RECENT = 30; // runs of a kernel in a lane that are shown at first
  const FEW = 15; // of a case

  // Numbers of the runs that say something, by kernel and lane
  const groups = new Map();
  [...rule.verdicts].forEach((letter, at) => {
    if (letter === ".") return;
    const key = `${runs[at][3]}, ${runs[at][5]}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(at);
  });
  const sorted = [...groups].sort(([one], [other]) => svacheck.collator.compare(one, other));

  const link = (at) => {
    const verdict = VERDICTS[rule.verdicts[at]];
    const reason = rule.reasons[at] ? `: ${short(rule.reasons[at])}` : "";
    const made = svacheck.runLink(runs[at], `#q=${encodeURIComponent(rule.id)}`, "");
    made.append(square(verdict, `, ${svacheck.when(runs[at])}${reason}`));
    return made;
  };
  const strip = (key, numbers) => {
    const place = node("div", { class: "strip" }, ...numbers.slice(-RECENT).map(link));
    const tally = {};
    for (const at of numbers) {
      const verdict = VERDICTS[rule.verdicts[at]];
      tally[verdict] = (tally[verdict] ?? 0) + 1;
    }
    const said = Object.entries(tally).map(([verdict, count]) => `${count} ${verdict}`);
    const heading = node("h3", {}, short(key), node("small", {}, ` ${said.join(", ")}`));
    const made = [heading, place];
    if (numbers.length > RECENT) {
      const all = node("button", { type: "button", class: "more" }, `Show all ${numbers.length}`);
      all.addEventListener("click", () => {
        place.replaceChildren(...numbers.map(link));
        all.remove();
      });
      made.push(all);
    }
    return made;
  };

  const fits = ({ kernel, lane }) => (at) =>
    (!kernel || runs[at][3] === kernel) && (!lane || runs[at][5] === lane);
  const history = document.getElementById("history");
  const showHistory = (values) => {
    const { verdict } = values;
    const fit = fits(values);
    const parts = sorted.flatMap(([key, numbers]) => {
      const mine = numbers.filter(
        (at) => fit(at) && (!verdict || VERDICTS[rule.verdicts[at]] === verdict),
      );
      return mine.length ? strip(key, mine) : [];
    });
    history.replaceChildren(...(parts.length ? parts : [node("p", {}, "No run that fits.")]));
  };

  // The numbers of the last runs that have a case, the newest last
  const last = (letters, fit) => {
    const found = [];
    for (let at = letters.length - 1; at >= 0 && found.length < FEW; at--) {
      if (letters[at] !== "." && fit(at)) found.unshift(at);
    }
    return found;
  };
  let fit = () => true;
  const showCases = svacheck.list("cases", "case", ([id, letters]) => {
    const numbers = last(letters, fit);
    const newest = numbers[numbers.length - 1];
    const hash = `#case=${encodeURIComponent(id)}`;
    const marks = numbers.map((at) => square(STATUSES[letters[at]], ` ${svacheck.when(runs[at])}`));
    return node(
      "tr",
      {},
      node("th", { scope: "row" }, svacheck.runLink(runs[newest], hash, short(id))),
      node("td", {}, svacheck.word(STATUSES[letters[newest]])),
      node("td", {}, node("div", { class: "strip small" }, ...marks)),
    );
  });

  svacheck.legend(document.getElementById("legend"), Object.values(VERDICTS));
  svacheck.filters(document.querySelector("form.filters"), (values) => {
    fit = fits(values);
    showHistory(values);
    const found = rule.cases.filter(([id, letters]) => {
      const numbers = last(letters, fit);
      const now = numbers.length ? STATUSES[letters[numbers[numbers.length - 1]]] : "";
      return now && (!values.status || now === values.status) && svacheck.matches(values.q, id);
    });
    showCases(found, rule.cases.length);
  });
})();
