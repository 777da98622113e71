// An open list follows what happens: the rows concerned are re-read in their place and flashed, never re-ordered.

const MOMENT = 20, JITTER = 40, FLASH = 2400, LATE = 1000, ENDED = 401;
const page = document.querySelector("main[data-page=leads]");
const all = () => [...page.querySelectorAll("tr[data-lead]")].map((tr) => tr.dataset.lead);
const row = (id) => document.getElementById(`row-${id}`);
// The ids of the rows to re-read, each with whether it is to be flashed.
let due = new Map(), timer;

function rereadSoon(ids, isNew) {
  for (const id of ids) if (row(id)) due.set(id, isNew || due.get(id));
  if (due.size) timer ??= setTimeout(reread, MOMENT + Math.random() * JITTER);
}

async function reread() {
  const batch = due;
  due = new Map();
  const url = `${page.dataset.rowsUrl}?ids=${[...batch.keys()]}`;
  const handler = (_, { xhr }) => replace(xhr, batch);
  try {
    await htmx.ajax("get", url, { source: page, target: page, handler });
  } catch { /* The live mark says that there is no connection; the next check makes up for it. */ }
  timer = null;
  rereadSoon([]);
}

// Bare rows are no document, so they are taken out of a template.
function replace(xhr, batch) {
  const reply = document.createElement("template");
  if (xhr.status === ENDED) document.dispatchEvent(new CustomEvent("login:doubt"));
  if (xhr.status === 200) reply.innerHTML = xhr.response;
  for (const fresh of reply.content.querySelectorAll("tr[data-lead]")) {
    const { lead } = fresh.dataset, old = row(lead);
    if (!old) continue;
    const back = old.contains(document.activeElement) && wayBack(document.activeElement);
    if (old.matches(".is-current")) fresh.classList.add("is-current");
    old.replaceWith(fresh);
    htmx.process(fresh);
    expire(fresh);
    if (back) back();
    if (!batch.get(lead)) continue;
    fresh.classList.add("is-fresh");
    setTimeout(() => fresh.classList.remove("is-fresh"), FLASH);
  }
}

// A colleague who was writing may just stop, which sends no event.
function expire({ dataset: { lead, seconds } }) {
  if (seconds) setTimeout(rereadSoon, seconds * 1000 + Math.random() * LATE, [lead]);
}

if (page) {
  const begin = ({ target }) => target.querySelectorAll("tr[data-seconds]").forEach(expire);
  begin({ target: page });
  document.addEventListener("htmx:afterSwap", begin);
  document.addEventListener("live:frame", ({ detail }) => {
    const isNew = !["lead:changed", "lead:presence"].includes(detail.event);
    rereadSoon([detail.lead_id, ...detail.also ?? []], isNew);
  });
  document.addEventListener("live:check", () => rereadSoon(all()));
  // Logged from this very list: no need to wait for the news of it.
  document.addEventListener("contact:logged", ({ detail }) => rereadSoon([detail.lead], true));
}
