// The dashboard: charts by keyboard with a tip, and numbers that move while the page is open.

const THROTTLE = 5e3, JITTER = 1e3;
const page = document.querySelector("main[data-page=analytics]");
let timer, isDue = false, unfolded = new Set();

const report = () => document.getElementById("report");

// One stop for the Tab key in each chart; the arrows go on from there.
function begin() {
  for (const chart of page.querySelectorAll("[data-chart]")) {
    const links = [...chart.querySelectorAll("a")];
    for (const link of links) link.setAttribute("tabindex", -1);
    links.at(-1)?.setAttribute("tabindex", 0);
  }
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
}

function step(event) {
  const chart = event.target.closest("[data-chart]"), links = [...chart?.querySelectorAll("a") ?? []];
  const at = links.indexOf(event.target.closest("a"));
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: links.length - 1 }[event.key];
  if (event.key === "Escape") hide();
  if (at < 0 || !links[to]) return;
  event.preventDefault();
  links[at].setAttribute("tabindex", -1);
  links[to].setAttribute("tabindex", 0);
  links[to].focus();
}

function show({ target }) {
  const link = target.closest?.("[data-chart] a");
  hide();
  if (!link) return;
  const chart = link.closest("[data-chart]"), tip = document.createElement("div");
  tip.className = "chart-tip";
  tip.setAttribute("aria-hidden", "true");
  tip.textContent = link.dataset.tip;
  chart.append(tip);
  const frame = chart.getBoundingClientRect(), bar = link.getBoundingClientRect();
  const left = bar.left - frame.left + bar.width / 2 - tip.offsetWidth / 2;
  tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth))}px`;
  const top = [...link.querySelectorAll("rect:not(.bar-hit)")].map((rect) => rect.getBoundingClientRect().top);
  tip.style.top = `${Math.max(0, Math.min(...top, bar.bottom) - frame.top - tip.offsetHeight - 8)}px`;
}

function hide() {
  page.querySelector(".chart-tip")?.remove();
}

// Every rep's contact arrives here as an event, so the page re-reads at most every few seconds, and never while hidden.
function rereadSoon() {
  isDue = true;
  timer ??= setTimeout(reread, Math.random() * JITTER);
}

async function reread() {
  if (document.hidden || report().contains(page.querySelector("details.menu[open]"))) return rest();
  isDue = false;
  const focus = document.activeElement?.getAttribute("href");
  const before = report();
  unfolded = new Set([...before.querySelectorAll("details.as-table[open]")].map((details) => details.id));
  try {
    await htmx.ajax("get", before.dataset.refreshUrl, { source: page, target: before, swap: "outerHTML" });
  } catch { /* The live mark says that there is no connection; the next check makes up for it. */ }
  if (focus) report().querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  rest();
}

function rest() {
  timer = setTimeout(() => {
    timer = null;
    if (isDue && !document.hidden) rereadSoon();
  }, THROTTLE);
}

if (page) {
  begin();
  document.addEventListener("htmx:afterSwap", begin);
  page.addEventListener("keydown", step);
  page.addEventListener("focusin", show);
  page.addEventListener("focusout", hide);
  page.addEventListener("mouseover", show);
  page.addEventListener("mouseleave", hide);
  document.addEventListener("live:frame", ({ detail }) => {
    if (/^lead:(contacted|responded|changed)$/.test(detail.event) && "live" in report().dataset) rereadSoon();
  });
  document.addEventListener("live:check", () => { if ("live" in report().dataset) rereadSoon(); });
}
