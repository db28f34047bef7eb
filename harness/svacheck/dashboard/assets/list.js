// SPDX-License-Identifier: GPL-2.0
// A table of many rows, of which so many are made as somebody looks at.
"use strict";

// row(item) makes a <tr>; show(items, all) shows other items, of so many
svacheck.list = (id, noun, row) => {
  const PAGE = 100;
  const body = document.querySelector(`#${id} tbody`);
  const more = document.getElementById(`${id}-more`);
  const shown = document.getElementById(`${id}-shown`);
  let items = [];
  let all = 0;
  let made = 0;

  const extend = () => {
    body.append(...items.slice(made, made + PAGE).map(row));
    made = Math.min(items.length, made + PAGE);
    more.hidden = made === items.length;
    const fit = items.length === all ? "" : ` that fit, of ${all}`;
    const here = made === items.length ? "" : `, ${made} shown`;
    shown.textContent = svacheck.count(items.length, noun) + fit + here;
  };
  more.addEventListener("click", extend);
  return (found, of) => {
    [items, all, made] = [found, of, 0];
    body.replaceChildren();
    extend();
  };
};
