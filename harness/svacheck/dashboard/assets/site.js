// SPDX-License-Identifier: GPL-2.0
// What all pages share: data that scripts bring, elements made from text, the theme.
"use strict";

const svacheck = (() => {
  const given = new Map();
  const waiting = new Map();
  const root = document.body.dataset.root;

  // Called by the scripts in data/
  const put = (name, value) => {
    given.set(name, value);
    waiting.get(name)?.(value);
    waiting.delete(name);
  };
  const get = (name) => given.get(name);

  // A script of data/ that is asked for later, by the name it puts
  const load = (path, name) =>
    given.has(name)
      ? Promise.resolve(given.get(name))
      : new Promise((resolve, reject) => {
          waiting.set(name, resolve);
          const script = node("script", { src: root + path });
          script.onerror = () => reject(new Error(`${path} cannot be read`));
          document.head.append(script);
        });

  // Text is only ever text: nothing here takes HTML
  const node = (tag, attributes = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== undefined && value !== "") made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== ""));
    return made;
  };

  const VERDICTS = { k: "kept", b: "broken", e: "error", n: "not covered", o: "not bound" };
  const STATUSES = { p: "pass", f: "fail", e: "error", s: "skip" };
  const SIGNS = {
    kept: "✓", pass: "✓", broken: "✗", fail: "✗", error: "!",
    "not covered": "–", skip: "–", "not bound": "·",
  };

  const kind = (verdict) => verdict.replaceAll(" ", "-");
  const word = (verdict) => node("span", { class: `word ${kind(verdict)}` }, verdict);
  // A square that says the verdict in colour, in a sign, and in words
  const square = (verdict, more = "") =>
    node(
      "span",
      { class: `square ${kind(verdict)}`, role: "img", "aria-label": verdict + more, title: verdict + more },
      SIGNS[verdict] ?? "?",
    );

  const LONGEST = 240;
  const short = (text, most = LONGEST) => (text.length <= most ? text : `${text.slice(0, most)} [...]`);

  const ruleLink = (rule) => node("a", { href: `${root}rules/${rule[1]}.html` }, short(rule[0]));
  const runLink = (run, hash, text) =>
    node("a", { href: `${root}runs/${run[1]}.html${hash}` }, text ?? short(run[0]));
  const when = (run) => run[2].slice(0, 16).replace("T", " ") || "unread";

  const legend = (place, verdicts) => {
    for (const verdict of verdicts) place.append(square(verdict), ` ${verdict} `);
  };

  const family = (rule) => rule.split("-")[0];
  const count = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
  const collator = new Intl.Collator("en", { numeric: true });

  // An entry of data/cases.js for each case of a run: [id, rules]
  const casesOf = (run) => {
    const cases = get("cases");
    return run.entries.flatMap(([first, many]) => cases.slice(first, first + many));
  };

  const button = document.getElementById("theme");
  const label = () => {
    button.textContent = `Theme: ${theme.name()}`;
  };
  button.addEventListener("click", () => {
    theme.next();
    label();
    document.dispatchEvent(new Event("theme"));
  });
  label();

  // The hash holds the filters, so that this link must not change it
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  });

  return {
    put, get, load, node, word, square, short, ruleLink, runLink, when, legend, family, count,
    collator, casesOf, root, VERDICTS, STATUSES,
  };
})();
