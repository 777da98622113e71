// An open list follows what happens: the rows concerned are re-read in their place and flashed, never re-ordered.

const MOMENT = 20, JITTER = 40, FLASH = 2400, LATE = 1000;
const page = document.querySelector("main[data-page=leads]");
const all = () => [...page.querySelectorAll("tr[data-lead]")].map((one) => one.dataset.lead);
const row = (id) => document.getElementById(`row-${id}`);
let wanted = new Map(), timer;

function want(ids, isNew) {
  for (const id of ids) if (row(id)) wanted.set(id, isNew || wanted.get(id));
  if (wanted.size) timer ??= setTimeout(reread, MOMENT + Math.random() * JITTER);
}

async function reread() {
  const asked = wanted;
  wanted = new Map();
  const url = `${page.dataset.rowsUrl}?ids=${[...asked.keys()]}`;
  const handler = (_, { xhr }) => replace(xhr, asked);
  try {
    await htmx.ajax("get", url, { source: page, target: page, handler });
  } catch { /* The live mark says that there is no connection; the next check makes up for it. */ }
  timer = null;
  want([]);
}

// Bare rows are no document, so they are taken out of a template.
function replace(xhr, asked) {
  const reply = document.createElement("template");
  const away = xhr.getResponseHeader("HX-Redirect");
  if (away) location.assign(away);
  else if (xhr.status === 200) reply.innerHTML = xhr.response;
  for (const fresh of reply.content.querySelectorAll("tr[data-lead]")) {
    const { lead } = fresh.dataset, old = row(lead);
    if (!old) continue;
    const back = old.contains(document.activeElement) && wayBack(document.activeElement);
    if (old.matches(".is-current")) fresh.classList.add("is-current");
    old.replaceWith(fresh);
    htmx.process(fresh);
    expire(fresh);
    if (back) back();
    if (!asked.get(lead)) continue;
    fresh.classList.add("is-fresh");
    setTimeout(() => fresh.classList.remove("is-fresh"), FLASH);
  }
}

// Who is writing may fall silent, and nobody tells of that.
function expire({ dataset: { lead, seconds } }) {
  if (seconds) setTimeout(want, seconds * 1000 + Math.random() * LATE, [lead]);
}

if (page) {
  const begin = ({ target }) => target.querySelectorAll("tr[data-seconds]").forEach(expire);
  begin({ target: page });
  document.addEventListener("htmx:afterSwap", begin);
  document.addEventListener("live:frame", ({ detail }) => {
    const isNew = !["lead:changed", "lead:presence"].includes(detail.event);
    want([detail.lead_id, ...detail.also ?? []], isNew);
  });
  document.addEventListener("live:check", () => want(all()));
  // Logged from this very list: no need to wait for the news of it.
  document.addEventListener("contact:logged", ({ detail }) => want([detail.lead], true));
}
