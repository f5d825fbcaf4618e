"use strict";
(() => {
  const views = [];
  const block = document.getElementById("charts");
  const data = block ? JSON.parse(block.textContent) : { charts: [], config: {} };
  const options = {
    actions: false, renderer: "svg", ast: true, mode: "vega-lite", config: data.config,
    tooltip: { theme: "report", offsetX: 12, offsetY: 12 },
  };
  const platform = () => (document.querySelector("input[name=platform]:checked") || { value: "" }).value;

  // Only the wanted platform's rows, and no taller than they need.
  async function show(view, spec) {
    const wanted = platform();
    view.signal("platform", wanted);
    if (spec.usermeta && spec.transform.length) {
      const left = spec.data.values.filter((row) => wanted === "" || row.group === wanted);
      view.height(spec.usermeta.step * Math.max(1, new Set(left.map((row) => row.name)).size));
    }
    await view.runAsync();
  }

  async function draw() {
    for (const place of document.querySelectorAll(".chart[data-chart]")) {
      const spec = data.charts[Number(place.dataset.chart)];
      const made = await vegaEmbed(place, spec, options);
      views.push([made.view, spec]);
      if (platform()) await show(made.view, spec);
      if (views.length === 1) performance.mark("first-chart");
    }
    performance.mark("all-charts");
    document.documentElement.dataset.ready = "true";
  }

  async function filter() {
    const wanted = platform();
    for (const part of document.querySelectorAll("[data-group]")) {
      part.classList.toggle("out", wanted !== "" && part.dataset.group !== "" && part.dataset.group !== wanted);
    }
    for (const [view, spec] of views) await show(view, spec);
  }

  const chips = document.querySelector(".filter");
  if (chips) {
    chips.hidden = false;
    chips.addEventListener("change", filter);
  }
  if (typeof vegaEmbed === "function") draw();
  else document.documentElement.dataset.ready = "true";
})();
