// SPDX-License-Identifier: GPL-2.0
// Charts of a metric: boots over sessions, and the samples of one session.
"use strict";

(() => {
  const { node } = svacheck;
  const { sittings, changes } = svacheck.get("metric");
  const HUES = ["#4a86d8", "#d0682a", "#35a169", "#a862c2", "#ad8c0c", "#d24c7c"];
  const PAPER = { ink: "#1b1b1b", line: "#bbbbbb" };
  const still = { animation: false, responsive: true, maintainAspectRatio: false };

  // What the theme makes of a variable of the style sheet
  const inked = (name) => {
    const probe = node("span", { class: `probe ${name}`, hidden: "hidden" });
    document.body.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
  let paper = false; // while it is printed
  const inks = () => (paper ? PAPER : { ink: inked("ink"), line: inked("line") });
  const axis = (title) => {
    const { ink, line } = inks();
    return { title: { display: true, text: title, color: ink }, ticks: { color: ink }, grid: { color: line } };
  };

  const sessions = [...new Set(sittings.map((one) => one.session))];
  const when = (session) => session.replace(/^bench-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d).*/, "$1-$2-$3 $4:$5");
  const name = (one) => `${one.kernel} ${one.side}`;
  const courses = [...new Set(sittings.map(name))];

  const course = (title, nth) => {
    const mine = sittings.filter((one) => name(one) === title);
    const at = (one) => sessions.indexOf(one.session);
    const line = (key) => mine.map((one) => ({ x: at(one), y: one[key] }));
    const hue = HUES[nth % HUES.length];
    const boots = mine.flatMap((one) => one.figures.map((y) => ({ x: at(one), y })));
    const hidden = { pointRadius: 0, borderWidth: 0, showLine: true };
    return [
      { label: `${title}, boots`, data: boots, backgroundColor: `${hue}c0`, pointRadius: 2.5 },
      { label: `${title}, median`, data: line("middle"), borderColor: hue, backgroundColor: hue, showLine: true, pointRadius: 3.5 },
      { label: `${title}, low`, data: line("low"), ...hidden },
      { label: `${title}, middle half`, data: line("high"), ...hidden, backgroundColor: `${hue}30`, fill: "-1" },
    ];
  };
  const dashes = {
    id: "changes",
    afterDatasetsDraw: (chart) => {
      const { ctx, chartArea: { top, bottom }, scales: { x } } = chart;
      ctx.save();
      ctx.setLineDash([5, 4]);
      ctx.strokeStyle = inks().ink;
      for (const one of changes) {
        const place = (sessions.indexOf(one.from) + sessions.indexOf(one.to)) / 2;
        ctx.beginPath();
        ctx.moveTo(x.getPixelForValue(place), top);
        ctx.lineTo(x.getPixelForValue(place), bottom);
        ctx.stroke();
      }
      ctx.restore();
    },
  };
  const drawCourse = () => {
    const x = axis("session");
    x.ticks.callback = (value) => (Number.isInteger(value) ? when(sessions[value] ?? "") : "");
    [x.min, x.max] = [-0.5, sessions.length - 0.5];
    const labels = { color: inks().ink, filter: ({ text }) => !text.endsWith(", low") };
    return new Chart(document.getElementById("course"), {
      type: "scatter",
      data: { datasets: courses.flatMap(course) },
      options: { ...still, scales: { x, y: axis("ns for a call") }, plugins: { legend: { labels } } },
      plugins: [dashes],
    });
  };

  const choice = document.querySelector("select[name=session]");
  const newest = sittings.map((one, nth) => [one, nth]).reverse();
  choice.append(...newest.map(([one, nth]) =>
    node("option", { value: nth }, `${when(one.session)}, ${name(one)}`)));
  const chosen = () => sittings[choice.value];
  const drawSamples = () => {
    const { ink, line } = inks();
    const { samples, figures } = chosen();
    const points = samples.flatMap((boot, x) => boot.map((y) => ({ x: x + 1, y })));
    const x = axis("boot");
    [x.min, x.max, x.ticks.precision] = [0, figures.length + 1, 0];
    return new Chart(document.getElementById("samples"), {
      type: "scatter",
      data: {
        datasets: [
          { label: "samples", data: points, backgroundColor: `${HUES[0]}b0`, pointRadius: 2 },
          { label: "figure of the boot", data: figures.map((y, nth) => ({ x: nth + 1, y })),
            backgroundColor: HUES[1], borderColor: line, pointRadius: 4, pointStyle: "rectRot" },
        ],
      },
      options: { ...still, scales: { x, y: axis("ns for a call") }, plugins: { legend: { labels: { color: ink } } } },
    });
  };
  const numbers = document.getElementById("numbers");
  const fill = () => {
    const { samples, figures } = chosen();
    const note = samples.length ? "" : "This session is an old one: its samples are in its samples.csv.";
    document.getElementById("samples-note").textContent = note;
    if (!numbers.open) return;
    numbers.querySelector("tbody").replaceChildren(...figures.map((figure, nth) => node("tr", {},
      node("th", { scope: "row" }, `${nth + 1}`),
      node("td", { class: "count" }, `${figure}`),
      node("td", {}, (samples[nth] ?? []).join(" ")))));
  };

  let charts = [];
  const draw = () => {
    for (const chart of charts) chart.destroy();
    charts = [drawCourse(), drawSamples()];
    fill();
  };
  choice.addEventListener("input", draw);
  numbers.addEventListener("toggle", fill);
  document.addEventListener("theme", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  for (const [event, now] of [["beforeprint", true], ["afterprint", false]]) {
    addEventListener(event, () => {
      paper = now;
      draw();
    });
  }
  draw();
})();
