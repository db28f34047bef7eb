// SPDX-License-Identifier: GPL-2.0
// The theme that was chosen last, before anything is painted.
"use strict";

const theme = (() => {
  const KEY = "svacheck-theme";
  const ORDER = ["system", "light", "dark"];

  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // the browser keeps nothing
    }
  };
  let now = ORDER.includes(stored()) ? stored() : "system";

  const apply = () => {
    if (now === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = now;
  };
  const next = () => {
    now = ORDER[(ORDER.indexOf(now) + 1) % ORDER.length];
    try {
      localStorage.setItem(KEY, now);
    } catch {
      // it holds for this page then
    }
    apply();
    return now;
  };
  apply();
  return { next, name: () => now };
})();
