// SPDX-License-Identifier: GPL-2.0
// The overview is there already: filters hide rows, columns and counts of it.
"use strict";

(() => {
  const form = document.querySelector("form.filters");
  if (!form) return;
  const rows = [...document.querySelectorAll("#overview tbody tr")];
  const cells = [...document.querySelectorAll("#overview [data-family]")];
  const shown = document.getElementById("overview-shown");

  svacheck.filters(form, ({ kernel, lane, family, verdict, q }) => {
    for (const cell of cells) {
      cell.hidden = Boolean(family) && cell.dataset.family !== family;
      for (const part of cell.querySelectorAll("[data-verdict]")) {
        part.hidden = Boolean(verdict) && part.dataset.verdict !== verdict;
      }
    }
    const says = (row) =>
      [...row.querySelectorAll("[data-verdicts]:not([hidden])")].some((cell) =>
        cell.dataset.verdicts.split("|").includes(verdict),
      );
    for (const row of rows) {
      row.hidden =
        (kernel && row.dataset.kernel !== kernel) ||
        (lane && row.dataset.lane !== lane) ||
        (verdict && !says(row)) ||
        !svacheck.matches(q, ...[...row.children].slice(0, 4).map((cell) => cell.textContent));
    }
    const left = rows.filter((row) => !row.hidden).length;
    shown.textContent = `${left} of ${svacheck.count(rows.length, "row")} shown`;
  });
})();
