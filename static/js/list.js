// The order of the list one came from, so that a lead's page shows "3 of 50" and links to its neighbours.

const KEPT = "list";
const lead = document.querySelector("main[data-page=lead]")?.dataset.lead;
const place = document.getElementById("place");

document.addEventListener("click", ({ target }) => {
  if (!target.closest("[data-row-link]")) return;
  const ids = [...document.querySelectorAll("tr[data-lead]")].map((row) => row.dataset.lead);
  sessionStorage.setItem(KEPT, JSON.stringify({ ids, url: location.pathname + location.search }));
});

function leadTo(link, id) {
  link.href = location.pathname.replace(lead, id);
  link.hidden = !id;
}

if (place) {
  const { ids, url } = JSON.parse(sessionStorage.getItem(KEPT)) ?? { ids: [] };
  const at = ids.indexOf(lead);
  place.hidden = at < 0;
  if (at >= 0) {
    place.querySelector("[data-place-words]").textContent = `${at + 1} of ${ids.length}`;
    leadTo(place.querySelector("[data-place-prev]"), ids[at - 1]);
    leadTo(place.querySelector("[data-place-next]"), ids[at + 1]);
    // Back to the list as it was filtered.
    place.parentElement.querySelector("a").href = url;
  }
}
