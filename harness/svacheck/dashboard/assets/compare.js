// SPDX-License-Identifier: GPL-2.0
// Two runs against each other, by the table of classes that the gate has.
"use strict";

(() => {
  const { node, word, short, VERDICTS, STATUSES } = svacheck;
  const ABSENT = "absent";
  const form = document.querySelector("form.filters");
  const runs = svacheck.get("runs").filter((run) => run[6] !== "unread");
  const rules = svacheck.get("rules");
  const table = svacheck.get("classes");
  const classes = table.classes;
  const answer = document.getElementById("answer");
  const compared = document.getElementById("compared");
  const byId = new Map(runs.map((run) => [run[0], run]));
  let changes = [];
  let pair = "";

  for (const name of ["base", "head"]) {
    const options = runs.map((run) =>
      node("option", { value: run[0] }, `${svacheck.when(run)} ${short(run[4])} ${run[5]} ${run[6]} (${short(run[0])})`),
    );
    form.elements[name].append(...options.reverse());
  }
  form.elements.class.append(...classes.map((name) => node("option", {}, name)));

  // Why two runs are not compared, as svacheck gate has it
  const unlike = (base, head) => {
    for (const [at, name] of ["lane", "selection", "parameters"].entries()) {
      const [one, other] = [base, head].map((run) => [run.made[at]].flat().join(" ") || "all");
      if (one !== other) return `The runs are not of one ${name}: ${one} and ${other}.`;
    }
    const dead = [base, head].find((run) => run.made[3] === "error");
    return dead ? `${dead.id} ended in error: there is no verdict to compare.` : "";
  };
  const statuses = (run) =>
    new Map(svacheck.casesOf(run).map(([id], nth) => [id, [STATUSES[run.cases[nth]], nth]]));

  const compare = (base, head) => {
    const made = [];
    rules.forEach((rule, nth) => {
      const [was, has] = [base, head].map((run) => VERDICTS[run.rules[nth]] ?? ABSENT);
      const change = table.changes[was][has];
      if (change) made.push({ rule, id: rule[0], change, was, has, said: head.reasons[nth] || rule[3] });
    });
    const [before, now] = [statuses(base), statuses(head)];
    for (const id of new Set([...now.keys(), ...before.keys()])) {
      const [was] = before.get(id) ?? [ABSENT];
      const [has, nth] = now.get(id) ?? [ABSENT];
      const change = table.changes[was][has];
      const said = head.failures[nth]?.evidence || (head.why[head.whys[nth]] ?? "");
      if (change) made.push({ id, change, was, has, said, run: nth === undefined ? base : head });
    }
    return made.sort((one, other) => classes.indexOf(one.change) - classes.indexOf(other.change));
  };

  const counts = () => {
    const head = document.querySelector("#counts thead");
    const body = document.querySelector("#counts tbody");
    const row = (name, some) =>
      node("tr", {}, node("th", { scope: "row" }, name), ...classes.map((one) =>
        node("td", { class: "count" }, `${some.filter(({ change }) => change === one).length}`)));
    head.replaceChildren(node("tr", {}, ...["Of", ...classes].map((name) =>
      node("th", { scope: "col" }, name))));
    body.replaceChildren(
      row("rules", changes.filter(({ rule }) => rule)),
      row("cases", changes.filter(({ rule }) => !rule)),
    );
  };

  const show = svacheck.list("changes", "change", ({ rule, id, change, was, has, said, run }) =>
    node(
      "tr",
      {},
      node("td", {}, word(change)),
      node("th", { scope: "row" }, rule
        ? svacheck.ruleLink(rule)
        : svacheck.runLink(byId.get(run.id), `#case=${encodeURIComponent(id)}`, short(id))),
      node("td", {}, word(was)),
      node("td", {}, word(has)),
      node("td", { class: "said" }, short(said)),
    ),
  );

  const filter = (values) => {
    const found = changes.filter(
      (one) => (!values.class || one.change === values.class) &&
        svacheck.matches(values.q, one.id, one.said),
    );
    show(found, changes.length);
  };
  const say = (text) => {
    answer.textContent = text;
    compared.hidden = true;
  };

  svacheck.filters(form, async (values) => {
    const chosen = [values.base, values.head];
    if (chosen.join() === pair) return filter(values);
    pair = chosen.join();
    changes = [];
    if (chosen.some((id) => !id)) return say(`Choose two of ${svacheck.count(runs.length, "run")}.`);
    try {
      const [base, head] = await Promise.all(
        chosen.map((id) => svacheck.load(`data/runs/${byId.get(id)[1]}.js`, `run ${id}`)),
      );
      if (chosen.join() !== pair) return undefined; // others were chosen meanwhile
      const why = unlike(base, head);
      if (why) return say(why);
      changes = compare(base, head);
      answer.textContent = changes.length ? "" : "Nothing has changed, and nothing fails.";
      compared.hidden = !changes.length;
      counts();
      return filter(values);
    } catch (error) {
      return say(error.message);
    }
  });
})();
