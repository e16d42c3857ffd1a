"use strict";
// Sorting and filtering of the index, nucleotide colours. The choice is kept in the URL, for bookmarks and links:
// index.html#sort=difference&order=ascending&tf=CTCF&cell=K562
const state = new URLSearchParams(location.hash.slice(1));

function remember(name, value) {
  value ? state.set(name, value) : state.delete(name);
  history.replaceState(null, "", "#" + state);
}

function sort(table, key, order) {
  const headers = [...table.tHead.rows[0].cells];
  const column = headers.findIndex((header) => header.dataset.key === key);
  if (column < 0) return;
  const numeric = headers[column].dataset.type === "number";
  const sign = order === "descending" ? -1 : 1;
  const value = (row) => row.cells[column].dataset.value;
  const compare = (a, b) => {
    // Missing values come last, in either order.
    if (!value(a) || !value(b)) return !value(a) - !value(b);
    return sign * (numeric ? value(a) - value(b) : value(a).localeCompare(value(b), "en", {numeric: true}));
  };
  table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  headers.forEach((header) => header.removeAttribute("aria-sort"));
  headers[column].setAttribute("aria-sort", order);
}

for (const table of document.querySelectorAll("table.sortable")) {
  for (const header of table.tHead.rows[0].querySelectorAll("th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      // Numbers are sorted from the largest down (except q-values), names from A.
      const first = header.dataset.first ?? (header.dataset.type === "number" ? "descending" : "ascending");
      const other = first === "descending" ? "ascending" : "descending";
      const order = header.getAttribute("aria-sort") === first ? other : first;
      sort(table, header.dataset.key, order);
      remember("sort", header.dataset.key);
      remember("order", order);
    });
  }
  if (state.get("sort")) sort(table, state.get("sort"), state.get("order") === "ascending" ? "ascending" : "descending");
}

const filters = document.getElementById("filters");
if (filters) {
  const [tf, cell, count] = ["input", "select", "output"].map((name) => filters.querySelector(name));
  const filter = () => {
    const rows = [...document.querySelectorAll("table.sortable tbody tr")];
    for (const row of rows) {
      const found = row.dataset.search.toLowerCase().includes(tf.value.trim().toLowerCase());
      row.hidden = !found || (cell.value !== "" && row.dataset.cell !== cell.value);
    }
    count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} data sets`;
    remember("tf", tf.value.trim());
    remember("cell", cell.value);
  };
  tf.value = state.get("tf") ?? "";
  cell.value = [...cell.options].some((option) => option.value === state.get("cell")) ? state.get("cell") : "";
  tf.addEventListener("input", filter);
  cell.addEventListener("change", filter);
  filters.hidden = false;
  filter();
}

const colours = document.getElementById("colours");
colours.hidden = false;
colours.querySelector("select").addEventListener("change", (event) => {
  document.body.dataset.colours = event.target.value;
});
