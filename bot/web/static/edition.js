// An edition: articles moved by dragging or keys, then saved by the form; the preview in two widths.
"use strict";
(() => {
  const form = document.querySelector("#arrange"), order = document.querySelector("#order");
  const ar = document.body.dataset.lang === "ar", how = document.querySelector("#how"), usual = how?.textContent;
  let lifted = null, from = null;
  const save = (item) => { try { sessionStorage.setItem("item", item?.querySelector("[name=article]").value || ""); } catch { /* no room */ } form.requestSubmit(); };
  try { const id = sessionStorage.getItem("item"); sessionStorage.removeItem("item"); if (id) order?.querySelector(`[name=article][value="${CSS.escape(id)}"]`)?.parentElement.focus(); } catch { /* not ours */ }
  const lists = () => [...order.querySelectorAll(".items")];
  const lift = (item) => { lifted = item; from = {list: item.parentElement, next: item.nextElementSibling}; item.classList.add("lift"); how.textContent = ar ? "الأسهم تحرّك، Enter يثبّت، Esc يرجع." : "Arrows move, Enter fixes, Esc returns."; };
  const drop = () => { lifted?.classList.remove("lift"); lifted = from = null; if (how) how.textContent = usual; };
  const step = (down) => {
    const beside = down ? lifted.nextElementSibling : lifted.previousElementSibling, all = lists();
    if (beside) down ? beside.after(lifted) : beside.before(lifted);
    else { const next = all[all.indexOf(lifted.parentElement) + (down ? 1 : -1)]; if (next) down ? next.prepend(lifted) : next.append(lifted); }
    lifted.focus();
  };
  order?.addEventListener("keydown", (event) => {
    const item = event.target.closest("[data-item]");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!lifted && event.code === "KeyM" && event.target === item) { event.preventDefault(); event.stopPropagation(); return lift(item); }
    if (!lifted) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") step(event.key === "ArrowDown");
    else if (event.key === "Enter") { const item = lifted; drop(); save(item); }
    else if (event.key === "Escape") { from.list.insertBefore(lifted, from.next); const item = lifted; drop(); item.focus(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  order?.addEventListener("dragstart", (event) => { const item = event.target.closest("[data-item]"); if (item) { lift(item); event.dataTransfer.setData("text/plain", ""); } });
  order?.addEventListener("dragover", (event) => {
    const over = event.target.closest("[data-item]"), list = event.target.closest(".items");
    if (!lifted || !(over || list)) return;
    event.preventDefault();
    if (over && over !== lifted) { const box = over.getBoundingClientRect(); event.clientY > box.top + box.height / 2 ? over.after(lifted) : over.before(lifted); }
  });
  order?.addEventListener("drop", (event) => { if (lifted) { event.preventDefault(); const item = lifted; drop(); save(item); } });
  order?.addEventListener("dragend", () => { if (lifted) from.list.insertBefore(lifted, from.next); drop(); });
  order?.addEventListener("change", (event) => { if (event.target.name === "lead") save(); });

  const look = document.querySelector("#look");
  for (const button of document.querySelectorAll("[data-width]")) button.addEventListener("click", () => {
    look.className = `scroll frame w${button.dataset.width}`;
    for (const each of document.querySelectorAll("[data-width]")) each.setAttribute("aria-pressed", each === button);
  });
})();
