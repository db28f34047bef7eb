// SPDX-License-Identifier: GPL-2.0
"use strict";

(() => {
  const { node, word, short, VERDICTS, STATUSES } = svacheck;
  const run = svacheck.get(`run ${document.getElementById("facts").dataset.run}`);
  const rules = svacheck.get("rules");
  const byId = new Map(rules.map((rule) => [rule[0], rule]));
  const first = (letters, order) => (one, other) =>
    order.indexOf(letters[one]) - order.indexOf(letters[other]) || one - other;

  const told = [...run.rules].flatMap((letter, nth) => (letter === "." ? [] : [nth]));
  told.sort(first(run.rules, "benko"));
  const details = new Set(run.details);
  const showRules = svacheck.list("rules", "rule", (nth) => {
    const rule = rules[nth];
    const reason = run.reasons[nth];
    return node(
      "tr",
      {},
      node("th", { scope: "row" }, svacheck.ruleLink(rule)),
      node("td", {}, word(VERDICTS[run.rules[nth]]), details.has(nth) ? " a detail" : ""),
      node("td", { class: "said" }, short(rule[3]), reason ? node("small", {}, ` ${short(reason)}`) : ""),
    );
  });

  const cases = svacheck.casesOf(run);
  const order = cases.map((_, nth) => nth).sort(first(run.cases, "fesp"));
  const why = (nth) => run.why[run.whys[nth]] ?? "";
  let asked = ""; // the case that is to be seen whole
  const linked = (name) => (byId.has(name) ? svacheck.ruleLink(byId.get(name)) : short(name));
  const showCases = svacheck.list("cases", "case", (nth) => {
    const [id, cites] = cases[nth];
    const its = run.failures[nth];
    const names = cites ? cites.split(" ") : [];
    const last = node("td", { class: "said" }, its ? "" : short(why(nth)));
    if (its) {
      const more = node("details", {}, node("summary", {}, short(its.evidence || "What it says")));
      const fill = () => more.children.length > 1 || more.append(...svacheck.failure(its));
      more.addEventListener("toggle", fill);
      if (asked === id) {
        fill();
        more.open = true;
      }
      last.append(more);
    }
    return node(
      "tr",
      {},
      node("th", { scope: "row" }, asked === id ? id : short(id)),
      node("td", {}, word(STATUSES[run.cases[nth]])),
      node("td", {}, ...names.flatMap((name, at) => (at ? [" ", linked(name)] : [linked(name)]))),
      last,
    );
  });

  svacheck.filters(
    document.querySelector("form.filters"),
    ({ family, verdict, status, q, case: one }) => {
      asked = one;
      const rulesFound = told.filter(
        (nth) =>
          (!family || svacheck.family(rules[nth][0]) === family) &&
          (!verdict || VERDICTS[run.rules[nth]] === verdict) &&
          svacheck.matches(q, rules[nth][0], rules[nth][3], run.reasons[nth] ?? ""),
      );
      showRules(rulesFound, told.length);
      const casesFound = order.filter(
        (nth) =>
          (!one || cases[nth][0] === one) &&
          (!family || cases[nth][1].split(" ").some((name) => svacheck.family(name) === family)) &&
          (!status || STATUSES[run.cases[nth]] === status) &&
          svacheck.matches(q, ...cases[nth], why(nth)),
      );
      showCases(casesFound, cases.length);
    },
    ["case"],
  );
})();
