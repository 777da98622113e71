// An open list follows what happens: the rows concerned are re-read in their place and flashed, never re-ordered.

const MOMENT = 20, JITTER = 40, FLASH = 2400;
const page = document.querySelector("main[data-page=leads]");
const row = (id) => document.getElementById(`row-${id}`);
let wanted = new Map(), timer, isReading = false;

function want(ids, isNew) {
  for (const id of ids) if (row(id)) wanted.set(id, isNew || wanted.get(id));
  if (wanted.size && !timer && !isReading) timer = setTimeout(reread, MOMENT + Math.random() * JITTER);
}

async function reread() {
  timer = null;
  isReading = true;
  const asked = wanted;
  wanted = new Map();
  try {
    replace(await read([...asked.keys()]), asked);
  } catch { /* The live mark says that there is no connection; the next check makes up for it. */ }
  isReading = false;
  want([], false);
}

async function read(ids) {
  const reply = await fetch(`${page.dataset.rowsUrl}?ids=${ids.join(",")}`, { headers: { "HX-Request": "true" } });
  const away = reply.headers.get("HX-Redirect");
  if (away) location.assign(away);
  return reply.ok && !away ? reply.text() : "";
}

// Bare rows are no document, so they are taken out of a template.
function replace(html, asked) {
  const reply = document.createElement("template");
  reply.innerHTML = html;
  for (const fresh of reply.content.querySelectorAll("tr[data-lead]")) {
    const old = row(fresh.dataset.lead);
    if (!old) continue;
    const back = old.contains(document.activeElement) && wayBack(document.activeElement);
    fresh.classList.toggle("is-current", old.classList.contains("is-current"));
    old.replaceWith(fresh);
    htmx.process(fresh);
    if (back) back()?.focus({ preventScroll: true });
    if (asked.get(fresh.dataset.lead)) flash(fresh);
  }
  document.dispatchEvent(new CustomEvent("htmx:afterSwap", { detail: { target: page } }));
}

function flash(fresh) {
  fresh.classList.add("is-fresh");
  setTimeout(() => fresh.classList.remove("is-fresh"), FLASH);
}

if (page) {
  document.addEventListener("live:frame", ({ detail }) => want([detail.lead_id], detail.event !== "lead:changed"));
  document.addEventListener("live:check", () => want([...document.querySelectorAll("tr[data-lead]")].map((one) => one.dataset.lead), false));
  // Logged from this very list: no need to wait for the news of it.
  document.addEventListener("contact:logged", ({ detail }) => want([detail.lead], true));
}
