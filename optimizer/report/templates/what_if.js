"use strict";
(() => {
  const { knobs, first, words, symbol, lang } = JSON.parse(document.getElementById("data").textContent);
  const figure = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-US", { maximumSignificantDigits: 4 });
  const percent = new Intl.NumberFormat(lang === "zh" ? "zh-CN" : "en-US", { style: "percent", maximumFractionDigits: 1 });
  const money = (x) => symbol + figure.format(x);
  const at = (id) => document.getElementById(id);
  const rows = new Map();
  let asked = fresh(), busy = false, again = false, solved = 0;

  function fresh() {
    return { budget: knobs.budget.value, channels: {}, rules: {} };
  }

  function make(tag, className, text) {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  function slider(label, top, step, value, className) {
    const input = make("input", className);
    Object.assign(input, { type: "range", min: 0, max: top, step, value });
    input.setAttribute("aria-label", label);
    return input;
  }

  // A labelled slider with its value beside it. `set` takes the new value; `text` writes it.
  function knob(place, title, top, step, value, text, set) {
    const box = make("div", "knob"), label = make("label"), out = make("output", "", text(value)), input = slider(title, top, step, value ?? top);
    label.append(make("span", "", title), out);
    input.addEventListener("input", () => {
      set(Number(input.value));
      out.textContent = text(Number(input.value));
      input.setAttribute("aria-valuetext", out.textContent);
      box.classList.add("moved");
      solve();
    });
    box.append(label, input);
    place.append(box);
    return () => {
      input.value = value ?? top;
      out.textContent = text(value);
      box.classList.remove("moved");
    };
  }

  const resets = [];
  resets.push(knob(at("budget"), words.budget, knobs.budget.top, knobs.budget.step, knobs.budget.value,
    (x) => (x === null ? words.nobudget : money(x)), (x) => { asked.budget = x; }));
  for (const rule of knobs.rules) {
    const step = rule.whole ? 1 : rule.top / 200;
    resets.push(knob(at("rules"), rule.name, rule.top, step, rule.value, (x) => (rule.unit === "share" ? percent.format(x) : rule.unit === "money" ? money(x) : figure.format(x)), (x) => { asked.rules[rule.index] = x; }));
  }

  for (const name of knobs.names) {
    const bounds = knobs.channels[name];
    const line = make("tr"), head = make("th"), cell = make("td"), track = make("div", "track"), under = make("div", "bounds");
    head.scope = "row";
    const shown = make("bdi");
    name.split(/(?<=\/)/).forEach((piece, i) => shown.append(...(i ? [make("wbr"), piece] : [piece])));
    if (name.length > 60) shown.title = name;
    head.append(shown);
    const allowed = make("div", "allowed"), bar = make("div", "bar"), tick = make("div", "tick");
    const low = slider(`${name}: ${words.min}`, knobs.top, knobs.step, bounds.min ?? 0);
    const high = slider(`${name}: ${words.max}`, knobs.top, knobs.step, bounds.max ?? knobs.top);
    const lowText = make("span"), highText = make("span");
    const read = () => {
      const min = Number(low.value), max = Number(high.value);
      return { min: min > 0 ? min : null, max: max < knobs.top ? max : null };
    };
    const show = () => {
      const { min, max } = read();
      lowText.textContent = min === null ? "" : `${words.min} ${money(min)}`;
      highText.textContent = max === null ? "" : `${words.max} ${money(max)}`;
      low.setAttribute("aria-valuetext", money(min ?? 0));
      high.setAttribute("aria-valuetext", max === null ? words.nocap : money(max));
      allowed.style.left = `${(100 * (min ?? 0)) / knobs.top}%`;
      allowed.style.width = `${(100 * ((max ?? knobs.top) - (min ?? 0))) / knobs.top}%`;
    };
    for (const [input, other] of [[low, high], [high, low]]) {
      input.addEventListener("input", () => {
        // the handles push each other: a floor above the cap is no range
        if (Number(low.value) > Number(high.value)) other.value = input.value;
        input.classList.add("moved");
        asked.channels[name] = read();
        show();
        solve();
      });
    }
    low.disabled = high.disabled = bounds.fixed;
    track.append(allowed, bar, tick, low, high);
    under.append(lowText, highText);
    cell.append(track, under);
    const cells = ["n strong", "n dim", "n", "n", "n", "t dim"].map((kind) => make("td", kind));
    line.append(head, cell, ...cells);
    at("rows").append(line);
    rows.set(name, { bar, tick, cells });
    show();
    resets.push(() => {
      low.value = bounds.min ?? 0;
      high.value = bounds.max ?? knobs.top;
      low.classList.remove("moved");
      high.classList.remove("moved");
      show();
    });
  }

  function show(answer) {
    at("verdict").textContent = answer.verdict;
    at("verdict").classList.toggle("none", answer.status !== "ok");
    at("more").textContent = answer.more;
    at("cards").replaceChildren(...answer.cards.map((card) => {
      const box = make("div", "card");
      box.append(make("dt", "", card.title), make("dd", "value", card.value));
      if (card.change) box.append(make("dd", `change ${card.tone}`, card.change));
      if (card.note) box.append(make("dd", "note", card.note));
      return box;
    }));
    const lines = new Map(answer.rows.map((row) => [row.channel, row]));
    for (const [name, { bar, tick, cells }] of rows) {
      const line = lines.get(name), place = (x) => `${Math.min(100, (100 * x) / knobs.top)}%`;
      bar.style.width = line ? place(line.spend) : "0";
      const saved = (line ? line.saved : first.rows.find((row) => row.channel === name)?.spend) ?? 0;
      tick.style.left = place(saved);
      const texts = line ? [line.spend_text, line.saved_text, line.change, line.customers, line.next, line.held] : ["-", money(saved), "", "-", "-", ""];
      cells.forEach((cell, i) => { cell.textContent = texts[i]; });
      cells[2].className = `n ${line ? line.tone : ""}`;
      if (line && line.beyond) cells[5].append(make("small", "", line.beyond));
    }
    document.documentElement.dataset.solved = String(++solved);
  }

  function trouble(text) {
    at("trouble").textContent = text;
    at("trouble").hidden = text === "";
  }

  const post = (path) => fetch(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(asked) });

  // Where stages work together the quick answer is followed by the one the command line gives, once nothing moves.
  let waiting = 0;
  function settle() {
    clearTimeout(waiting);
    waiting = setTimeout(() => solve("plan?settled=1"), 500);
  }

  // One question at a time; whatever moved meanwhile is asked once that is answered.
  async function solve(path = "plan") {
    clearTimeout(waiting);
    if (busy) { again = true; return; }
    busy = true;
    at("answer").setAttribute("aria-busy", "true");
    try {
      const reply = await post(path), answer = await reply.json();
      if (reply.ok) { trouble(""); show(answer); if (!answer.settled && !again) settle(); } else trouble(answer.error);
    } catch {
      trouble(words.lost);
    }
    at("answer").setAttribute("aria-busy", "false");
    busy = false;
    if (again) { again = false; solve(); }
  }

  at("reset").addEventListener("click", () => {
    asked = fresh();
    resets.forEach((reset) => reset());
    solve();
  });
  // The studio offers to write the changes into its scenario; its own page tells what came of it.
  at("keep")?.addEventListener("click", async () => {
    try {
      const reply = await post(`keep?seen=${at("keep").dataset.seen}`), answer = await reply.json();
      if (reply.ok) location.assign("../rules"); else trouble(answer.error);
    } catch {
      trouble(words.lost);
    }
  });
  at("download").addEventListener("click", async () => {
    try {
      const reply = await post("scenario.yaml");
      if (!reply.ok) { trouble((await reply.json()).error); return; }
      const link = make("a");
      link.href = URL.createObjectURL(await reply.blob());
      link.download = "scenario.yaml";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    } catch {
      trouble(words.lost);
    }
  });
  show(first);
  document.documentElement.dataset.ready = "true";
})();
