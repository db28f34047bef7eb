// SPDX-License-Identifier: GPL-2.0
"use strict";

(() => {
  const { node, word, short } = svacheck;
  const runs = svacheck.get("runs").slice().reverse();

  const show = svacheck.list("runs", "run", (run) => {
    const [id, , , kernel, version, lane, verdict, ...rest] = run;
    const only = rest[4] && node("small", {}, ` only ${short(rest[4], 80)}`);
    const why = rest[5] && node("small", {}, ` ${short(rest[5])}`);
    const named = version.includes(kernel) ? version : `${kernel} (${version})`;
    return node(
      "tr",
      {},
      node("td", {}, word(verdict)),
      node("th", { scope: "row" }, svacheck.runLink(run, "", id), only, why),
      node("td", {}, short(named)),
      node("td", {}, short(lane)),
      ...rest.slice(0, 4).map((count) => node("td", { class: "count" }, `${count}`)),
    );
  });

  svacheck.filters(document.querySelector("form.filters"), ({ kernel, lane, verdict, q }) => {
    const found = runs.filter(
      (run) =>
        (!kernel || run[3] === kernel) &&
        (!lane || run[5] === lane) &&
        (!verdict || run[6] === verdict) &&
        svacheck.matches(q, run[0], run[4], run[11], run[12]),
    );
    show(found, runs.length);
  });
})();
