// SPDX-License-Identifier: GPL-2.0
"use strict";

(() => {
  const { node, square, short, VERDICTS } = svacheck;
  const runs = svacheck.get("runs");
  const rules = svacheck.get("rules");
  const columns = svacheck.get("newest").map(([at, letters]) => ({ run: runs[at], letters }));
  const head = document.querySelector("#rules thead tr");
  let open = columns; // those that the filters leave

  const heads = () => {
    head.replaceChildren(
      head.firstElementChild,
      ...open.map(({ run }) =>
        node(
          "th",
          { scope: "col" },
          svacheck.runLink(run, "", `${short(run[3])} ${short(run[5])}`),
          run[11] && node("small", {}, ` only ${svacheck.short(run[11], 40)}`),
        ),
      ),
      node("th", { scope: "col" }, "What it says"),
    );
  };

  const show = svacheck.list("rules", "rule", (nth) => {
    const rule = rules[nth];
    return node(
      "tr",
      {},
      node("th", { scope: "row" }, svacheck.ruleLink(rule)),
      ...open.map(({ letters }) => {
        const verdict = VERDICTS[letters[nth]];
        return node("td", { class: "mark" }, verdict ? square(verdict) : "");
      }),
      node("td", { class: "said" }, short(rule[3])),
    );
  });

  svacheck.legend(document.getElementById("legend"), Object.values(VERDICTS));
  const numbers = rules.map((_, nth) => nth);
  svacheck.filters(
    document.querySelector("form.filters"),
    ({ kernel, lane, family, verdict, q }) => {
      open = columns.filter(
        ({ run }) => (!kernel || run[3] === kernel) && (!lane || run[5] === lane),
      );
      heads();
      const says = (nth) => open.some(({ letters }) => VERDICTS[letters[nth]] === verdict);
      const found = numbers.filter(
        (nth) =>
          (!family || svacheck.family(rules[nth][0]) === family) &&
          (!verdict || says(nth)) &&
          svacheck.matches(q, rules[nth][0], rules[nth][3]),
      );
      show(found, rules.length);
    },
  );
})();
