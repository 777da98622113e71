// The order of the list one came from, so that a lead's page can say "3 of 50" and lead on to its neighbours.

const KEPT = "list";
const lead = document.querySelector("main[data-page=lead]")?.dataset.lead;

function keep() {
  const ids = [...document.querySelectorAll("tr[data-lead]")].map((row) => row.dataset.lead);
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ ids, url: location.pathname + location.search }));
  } catch { /* Without storage a lead's page does without its place. */ }
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? { ids: [] };
  } catch {
    return { ids: [] };
  }
}

function leadTo(link, id) {
  if (!link || !id) return;
  link.href = location.pathname.replace(lead, id);
  link.hidden = false;
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-row-link]")) keep();
}, true);

const place = document.getElementById("place");
const { ids, url } = read();
const at = ids.indexOf(lead);
if (place && at >= 0) {
  place.querySelector("[data-place-words]").textContent = `${at + 1} of ${ids.length}`;
  leadTo(place.querySelector("[data-place-prev]"), ids[at - 1]);
  leadTo(place.querySelector("[data-place-next]"), ids[at + 1]);
  place.hidden = false;
  // Back to the list as it was filtered.
  const back = [...place.parentElement.children].find((one) => one.pathname && url.startsWith(`${one.pathname}?`));
  if (back) back.href = url;
}
