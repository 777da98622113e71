// The way through the list: where a lead stands in it ("51 of 1,176"), the leads before and after it over the ends of
// pages, and back to the row one came from. It is kept for the tab: pages of the list as they were when one saw them.

const KEPT = "list", TURNED = "list:turned", BACK = "list:back";
const lead = document.querySelector("main[data-page=lead]")?.dataset.lead;
const list = document.querySelector("main[data-page=leads]");
const place = document.getElementById("place");
const here = () => location.pathname + location.search;
const links = () => [...document.querySelectorAll("tr[data-lead] [data-row-link]")];

const read = () => JSON.parse(sessionStorage.getItem(KEPT));
const keep = (walk) => sessionStorage.setItem(KEPT, JSON.stringify(walk));

function take(name) {
  const value = sessionStorage.getItem(name);
  sessionStorage.removeItem(name);
  return value;
}

// In the list

function opened({ target }) {
  const link = target.closest("[data-row-link]");
  if (!link) return;
  const { total, first } = document.getElementById("lead-table").dataset;
  const pager = (rel) => document.querySelector(`.pager a[rel=${rel}]`)?.getAttribute("href") ?? "";
  const ids = [...document.querySelectorAll("tr[data-lead]")].map((row) => row.dataset.lead);
  const page = { url: here(), ids, first: Number(first), next: pager("next"), previous: pager("prev") };
  keep({ total: Number(total), at: link.closest("tr").dataset.lead, from: page.url, scroll: scrollY, pages: [page] });
}

// J past the last row and K past the first turn the page, and go on from its other end.
function ended({ detail: step }) {
  const link = document.querySelector(`.pager a[rel=${step > 0 ? "next" : "prev"}]`);
  if (!link) return;
  sessionStorage.setItem(TURNED, step);
  link.click();
}

function select(link, block) {
  link?.focus({ preventScroll: true });
  link?.closest("tr").scrollIntoView({ block });
}

function arrive() {
  const turned = Number(take(TURNED)), isBack = take(BACK);
  if (turned) return select(links().at(turned > 0 ? 0 : -1), turned > 0 ? "nearest" : "end");
  const walk = read();
  if (!walk?.pages.some(({ url }) => url === here())) return;
  const isReturn = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!isBack && !isReturn) return;
  // The browser's own way back knows where the page was; a link does not.
  if (isBack && walk.from === here()) scrollTo({ top: walk.scroll, behavior: "instant" });
  select(document.getElementById(`row-${walk.at}`)?.querySelector("[data-row-link]"), "nearest");
}

// On the page of a lead

function show(walk) {
  const index = walk.pages.findIndex(({ ids }) => ids.includes(lead));
  place.hidden = index < 0;
  if (index < 0) return;
  const page = walk.pages[index], at = page.ids.indexOf(lead);
  const words = [page.first + at, walk.total].map((number) => number.toLocaleString("en-US")).join(" of ");
  place.querySelector("[data-place-words]").textContent = words;
  const ids = walk.pages.flatMap((each) => each.ids), number = ids.indexOf(lead);
  linkTo("prev", ids[number - 1], walk.pages[0].previous, -1);
  linkTo("next", ids[number + 1], walk.pages.at(-1).next, 1);
  const back = place.parentElement.querySelector("a");
  back.href = page.url;
  back.onclick = () => sessionStorage.setItem(BACK, "1");
  if (walk.at !== lead) keep({ ...walk, at: lead });
}

// Beyond the end of a page the next one is fetched ahead; until it is there the link leads to it in the list.
function linkTo(which, id, url, step) {
  const link = place.querySelector(`[data-place-${which}]`);
  link.hidden = !id && !url;
  if (id) link.href = location.pathname.replace(lead, id);
  else if (url) link.href = url;
  if (!id && url) turn(url, step, link);
}

async function turn(url, step, link) {
  const answer = fetchPage(url);
  const wait = (event) => {
    event.preventDefault();
    answer.finally(() => location.assign(link.href));
  };
  link.addEventListener("click", wait);
  const page = await answer.catch(() => null);
  link.removeEventListener("click", wait);
  if (page) goOn(page, step);
}

async function fetchPage(url) {
  const answer = await fetch(place.dataset.walkUrl + new URL(url, location).search);
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// A lead that moved down meanwhile comes a second time, and is passed over; one that moved up is told of.
function goOn(page, step) {
  const walk = read(), known = new Set(walk.pages.flatMap(({ ids }) => ids));
  const ids = page.ids.filter((id) => !known.has(id));
  const fresh = { ...page, first: page.first + page.ids.indexOf(ids[0] ?? page.ids[0]), ids };
  const pages = step > 0 ? [...walk.pages, fresh] : [fresh, ...walk.pages];
  const next = { ...walk, total: page.total, pages };
  keep(next);
  show(next);
  if (page.moved) say(`Meanwhile ${page.moved} ${page.moved === 1 ? "lead" : "leads"} moved to an earlier page of the list`);
}

document.addEventListener("click", opened);
if (list) {
  document.addEventListener("rows:end", ended);
  arrive();
}
if (place && read()) show(read());
