"use strict";
(() => {
  const body = document.body;
  const home = location.pathname.split("/").slice(0, 3).join("/") + "/";
  let stream = null;

  function tell(text) {
    document.getElementById("told").textContent = text;
  }

  // Put the page that an answer holds into this one: nothing flashes, the reader is told, typed text elsewhere stays.
  function show(html, focus) {
    const made = new DOMParser().parseFromString(html, "text/html");
    document.title = made.title;
    document.getElementById("main").replaceWith(document.adoptNode(made.getElementById("main")));
    start();
    const place = document.getElementById("troubles") || (focus && document.querySelector(focus));
    if (place) {
      if (!place.matches("input, select, button")) place.tabIndex = -1;
      place.focus();
      place.scrollIntoView({ block: "nearest" });
    }
  }

  async function again(focus) {
    try {
      const reply = await fetch(location.href);
      show(await reply.text(), focus);
    } catch {
      tell(body.dataset.lost);
    }
  }

  // Progress: the open stream also says that somebody waits. The first end of a job shows the page anew.
  function follow() {
    if (stream) stream.close();
    stream = null;
    const box = document.querySelector("[data-job]");
    if (!box) return;
    const own = new EventSource(`${home}progress/${box.dataset.job}`);
    stream = own;
    own.onmessage = (event) => {
      const news = JSON.parse(event.data), bar = box.querySelector("progress"), step = box.querySelector(".step");
      if (news.step && step.textContent !== news.step) step.textContent = news.step;
      if (news.share !== null) bar.value = news.share;
      box.querySelector(".left").textContent = news.left;
      if (!news.end) return;
      own.close();
      again("h1");
    };
    own.onerror = () => { if (own.readyState === EventSource.CLOSED) again("h1"); };
  }

  // Files, one after the other; the page is shown anew when all are there.
  async function upload(files) {
    const list = document.getElementById("uploads");
    let failed = false;
    for (const file of files) {
      const line = list.appendChild(document.createElement("li"));
      line.textContent = `${file.name} …`;
      try {
        const reply = await fetch(`${home}upload?name=${encodeURIComponent(file.name)}`, {
          method: "POST", headers: { "content-type": "application/octet-stream" }, body: file,
        });
        line.textContent = reply.ok ? `${file.name} ✓` : `${file.name}: ${(await reply.json()).error}`;
        if (!reply.ok) failed = true;
      } catch {
        line.textContent = `${file.name}: ${body.dataset.lost}`;
        failed = true;
      }
    }
    if (!failed) again("h1");
  }

  function drop() {
    const zone = document.getElementById("drop");
    if (!zone) return;
    document.getElementById("pick").addEventListener("change", (event) => upload([...event.target.files]));
    for (const name of ["dragenter", "dragover"]) zone.addEventListener(name, (event) => { event.preventDefault(); zone.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) zone.addEventListener(name, () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => { event.preventDefault(); upload([...event.dataTransfer.files]); });
  }

  const packed = (form, button) => {
    const sent = new URLSearchParams(new FormData(form));
    if (button && button.name) sent.set(button.name, button.value);
    return sent;
  };
  const post = (address, sent) => fetch(address, { method: "POST", body: sent });

  // What was typed outlives a reload and the back button: it is kept in this tab until it is saved.
  function drafts() {
    const form = document.querySelector("form[data-draft]");
    if (!form) return;
    const key = `draft ${location.pathname.split("/")[1]} rules`;
    const mark = () => { document.getElementById("unsaved").textContent = body.dataset.unsaved; };
    const keep = () => { sessionStorage.setItem(key, packed(form).toString()); mark(); };
    form.addEventListener("input", keep);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const button = event.submitter, adding = button && button.value === "add";
      try {
        const reply = await post(adding ? button.formAction : form.getAttribute("action"), packed(form, button));
        const html = await reply.text();
        if (reply.ok && !adding) sessionStorage.removeItem(key);
        show(html, adding ? "#blank input:not([type=hidden])" : "h1");
        const now = document.querySelector("form[data-draft]");
        if (adding && now) sessionStorage.setItem(key, packed(now).toString());
      } catch {
        tell(body.dataset.lost);
      }
    });
    document.querySelector("[data-forget]")?.addEventListener("click", () => sessionStorage.removeItem(key));
    const kept = sessionStorage.getItem(key);
    if (form.dataset.dirty !== undefined) { mark(); return; }
    if (kept === null) return;
    post(`${home}rules/show`, new URLSearchParams(kept)).then(async (reply) => {
      if (reply.ok) show(await reply.text());
    }).catch(() => tell(body.dataset.lost));
  }

  // The report is as tall as it is: no page scrolls inside another.
  function frames() {
    for (const frame of document.querySelectorAll("iframe.report")) {
      const fit = () => {
        const inner = frame.contentDocument && frame.contentDocument.documentElement;
        if (inner && inner.querySelector("main")) frame.style.height = `${inner.querySelector("body").scrollHeight + 8}px`;
      };
      frame.addEventListener("load", () => {
        fit();
        const inner = frame.contentDocument;
        if (inner && inner.body) new ResizeObserver(fit).observe(inner.body);
      });
    }
    for (const link of document.querySelectorAll("[data-print]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        const opened = window.open(link.href);
        if (opened) opened.addEventListener("load", () => setTimeout(() => opened.print(), 800));
      });
    }
  }

  function start() {
    drop();
    drafts();
    frames();
    follow();
    document.documentElement.dataset.ready = "true";
  }
  start();
  const trouble = document.getElementById("troubles");
  if (trouble) trouble.focus();
})();
