// The desk's behaviour: acts without a page load, keys, live rows, counts while writing, moving in the calendar.
"use strict";
(() => {
  const one = (q, at = document) => at.querySelector(q), all = (q, at = document) => [...at.querySelectorAll(q)];
  const ar = document.body.dataset.lang === "ar", t = (a, e) => (ar ? a : e);
  const csrf = () => one("meta[name=csrf]").content;
  let waiting = false;

  // ---- short words to the reader
  const toast = (text, bad) => {
    const box = one("#toast");
    if (!box || !text) return;
    toast.said = [text, bad];
    box.textContent = text;
    box.className = "toast on" + (bad ? " bad" : "");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => (box.className = "toast"), bad ? 8000 : 3000);
  };

  // a page that is loaded anew says what was said on the one before
  const keepSaid = () => { try { sessionStorage.setItem("said", JSON.stringify(toast.said || null)); } catch { /* no room */ } };
  try { const said = JSON.parse(sessionStorage.getItem("said")); sessionStorage.removeItem("said"); if (said) toast(...said); } catch { /* not ours */ }

  // on a phone the parts of the desk are wider than the screen: the one that is open is in sight
  one(".rail [aria-current]")?.scrollIntoView({inline: "center", block: "nearest"});

  // ---- acts
  const post = async (url, body) => {
    const answer = await fetch(url, {method: "POST", body, headers: {"x-csrf": csrf()}, redirect: "manual"}).catch(() => {
      throw new Error(t("انقطع الاتصال: لا نعلم هل وصل الأمر. انتظر عودته وانظر قبل أن تعيد.", "The connection is lost: whether that arrived is not known. Wait for it, and look before you try again."));
    });
    if (answer.type === "opaqueredirect" || answer.status === 401) return location.reload();
    const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
    if (!answer.ok) throw Object.assign(new Error(told.error || told.detail || t("تعذر ذلك.", "That did not work.")), told);
    return told;
  };
  const act = async (url, body, from) => {
    if (waiting) return;
    waiting = true;
    from?.setAttribute("aria-disabled", "true");
    try {
      const told = await post(url, body);
      if (told?.to) {
        toast(told.said || t("تم.", "Done."));
        keepSaid();
        return (location.href = told.to);
      }
      toast(told?.said || t("تم.", "Done."));
      await refresh(true);
    } catch (error) {
      toast(error.message, true);
      await refresh(true);
    } finally {
      waiting = false;
      from?.removeAttribute("aria-disabled");
    }
  };
  const confirmed = (from) => new Promise((yes) => {
    const box = one("#confirm");
    one("h2", box).textContent = from.dataset.confirm;
    one("p", box).textContent = from.dataset.confirmText || "";
    const go = one("[data-yes]", box);
    go.textContent = from.dataset.yes;
    go.onclick = () => { box.close(); yes(true); };
    box.onclose = () => yes(false);
    box.showModal();
  });
  const press = async (button) => {
    if (button.dataset.confirm && !(await confirmed(button))) return;
    const body = new FormData();
    (button.dataset.ids || "").split(" ").filter(Boolean).forEach((id) => body.append("ids", id));
    if (button.dataset.seen) body.append("seen", button.dataset.seen);
    await act(button.dataset.act, body, button);
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("button[data-act],[data-dialog],[data-close],[data-batch],[data-split],[data-join],[role=tab]");
    if (!button) return choose(target);
    if (button.dataset.dialog) return one("#" + button.dataset.dialog).showModal();
    if ("close" in button.dataset) return button.closest("dialog").close();
    if (button.getAttribute("role") === "tab") return tab(button);
    if (button.dataset.batch) return batch(button.dataset.batch);
    if ("split" in button.dataset) return split(button.closest(".seg"));
    if ("join" in button.dataset) return join(button.closest(".seg"));
    event.preventDefault();
    press(button);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.id === "edit") { event.preventDefault(); return save(form, event.submitter); }
    if (!form.hasAttribute("data-act")) return;
    event.preventDefault();
    act(form.action, new FormData(form, event.submitter), event.submitter);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.submit();
    if (event.target.matches("[name=pick]")) picks();
  });

  // ---- the queue: choosing a row shows its posts
  const rows = () => all(".row");
  const current = () => one(".row[aria-current]") || rows()[0];
  const select = (row) => {
    if (!row || !one("#pane")) return;
    rows().forEach((each) => each.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    row.scrollIntoView({block: "nearest"});
    // one whose place a later one took ends with nothing to say
    htmx.ajax("GET", "/pane/" + row.dataset.id, {source: "#pane", target: "#pane", swap: "innerHTML"}).catch(() => {});
  };
  const choose = (target) => {
    const row = target?.closest(".row");
    if (row && !target.closest("a,button,input,label,form,summary")) select(row);
  };
  const tab = (button) => {
    for (const each of all("[role=tab]", button.parentElement)) {
      const on = each === button;
      each.setAttribute("aria-selected", on);
      each.tabIndex = on ? 0 : -1;
      one("#" + each.getAttribute("aria-controls")).hidden = !on;
    }
    button.focus();
  };
  const picked = () => all("[name=pick]:checked").map((box) => box.value);
  const picks = () => {
    const bar = one(".batch");
    if (!bar) return;
    bar.hidden = !picked().length;
    one("b", bar).textContent = picked().length;
  };
  const batch = (name) => {
    const body = new FormData();
    picked().forEach((id) => body.append("ids", id));
    body.append("seen", all("[name=pick]:checked").map((box) => box.dataset.seen).join(" "));
    act("/articles/" + name, body);
  };

  // ---- live: rows change in place; none jumps under the pointer
  let under = false, behind = false;
  const list = one("#list");
  list?.addEventListener("pointerenter", () => (under = true));
  list?.addEventListener("pointerleave", () => { under = false; if (behind) refresh(); });
  const refresh = async (now) => {
    if (!list) { if (now) { keepSaid(); location.reload(); } return; }
    const answer = await fetch(location.href, {headers: {"hx-request": "true", "hx-target": "list"}});
    if (!answer.ok) return;
    const fresh = document.createElement("div");
    fresh.innerHTML = await answer.text();
    const was = current(), beside = was ? all(".row", was.closest(".group")) : [], place = beside.indexOf(was), group = was?.closest(".group").dataset.group;
    const chosen = was?.dataset.id, kept = new Set(picked()), active = document.activeElement?.closest?.(".row")?.dataset.id;
    const typing = document.activeElement?.matches?.("#list input:not([type=checkbox])");
    const order = (at) => all(".row", at).map((row) => row.dataset.id + row.closest(".group").dataset.group).join();
    const told = [];
    if (typing || (under && !now && order(list) !== order(fresh))) {
      for (const row of all(".row", fresh)) {
        const old = one("#r-" + row.dataset.id, list);
        if (old && !typing && old.dataset.stamp !== row.dataset.stamp && old.closest(".group").dataset.group === row.closest(".group").dataset.group) { old.replaceWith(row); told.push(row); }
      }
      behind = true;
    } else {
      const before = new Map(rows().map((row) => [row.dataset.id, row.dataset.stamp]));
      list.replaceChildren(...fresh.childNodes);
      rows().forEach((row) => before.get(row.dataset.id) !== row.dataset.stamp && told.push(row));
      behind = false;
    }
    told.forEach((row) => row.classList.add("fresh"));
    all("[data-total]").forEach((total) => { const count = one(`.group[data-group=${total.dataset.total}] h2 .n`, fresh) || one(`.group[data-group=${total.dataset.total}] h2 .n`, list); if (count) total.textContent = count.textContent; });
    kept.forEach((id) => { const box = one(`[name=pick][value="${CSS.escape(id)}"]`); if (box) box.checked = true; });
    picks();
    let row = chosen && one("#r-" + CSS.escape(chosen)), gone = false;
    if (now && place >= 0 && row?.closest(".group").dataset.group !== group) { // decided: the next one of its group
      const left = all(`.group[data-group=${group}] .row`, list);
      if (left.length) { row = left[Math.min(place, left.length - 1)]; gone = true; }
    }
    rows().forEach((each) => each.toggleAttribute("aria-current", false));
    if (row) { row.setAttribute("aria-current", "true"); if (gone || told.includes(row)) select(row); } else select(rows()[0]);
    if (active) (gone ? row : one("#r-" + CSS.escape(active)))?.focus({preventScroll: true});
    if (told.length && !now) toast(told.length === 1 ? one("h3", told[0]).innerText.slice(0, 80) : t(`تغيرت ${told.length} مواد`, `${told.length} articles changed`));
  };
  // figures that run while one looks: each part is changed in its place
  const freshen = async () => {
    if (!one("[data-live]")) return;
    const answer = await fetch(location.href, {headers: {"hx-request": "true"}}).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of all("[data-live]")) {
      const next = fresh.getElementById(part.id);
      // what it may be done with is another page, once it begins or ends
      if (next && next.dataset.whole !== part.dataset.whole && !document.activeElement?.matches("input,textarea,select")) { keepSaid(); return location.reload(); }
      if (next && !part.contains(document.activeElement)) part.replaceChildren(...next.childNodes);
    }
  };
  const live = one("#live");
  if (live) {
    const stream = new EventSource("/events" + (list ? "?seen=" + encodeURIComponent(list.dataset.stamp) : ""));
    // while the connection is away nothing can be pressed, and how long it has been away stands there
    let away = 0, counting = 0;
    const close = (on) => all("button[data-act],button[data-batch],[data-act] button").forEach((button) => {
      if (on ? button.disabled : !("away" in button.dataset)) return;
      button.disabled = on;
      if (on) button.dataset.away = ""; else delete button.dataset.away;
    });
    const say = (on) => {
      live.classList.toggle("lost", !on);
      one(".tx", live).textContent = on ? live.dataset.on : live.dataset.off;
      if (!on && !counting) { away = 0; counting = setInterval(() => { away += 1; one(".tx", live).textContent = `${live.dataset.off} ${away} ${t("ث", "s")}`; }, 1000); }
      if (on && counting) { clearInterval(counting); counting = 0; if (list) refresh(true); }
      close(!on);
    };
    let first = !list;
    stream.onopen = () => say(true);
    stream.onerror = () => say(false);
    stream.addEventListener("changed", () => { if (first) { first = false; return; } if (list) refresh(); else freshen(); });
    addEventListener("pagehide", () => stream.close());
  }

  // ---- writing: counts at each key, by the server's own measure
  const check = (seg) => {
    clearTimeout(seg.timer);
    seg.timer = setTimeout(async () => {
      const form = one("#edit"), body = new FormData(), area = one("textarea", seg);
      body.append("delivery", form.dataset.delivery);
      body.append("n", seg.dataset.n);
      body.append("text", area.value);
      const mine = (seg.asked = (seg.asked || 0) + 1);
      try {
        const told = await post("/check", body);
        if (mine !== seg.asked) return;
        const count = one(".count", seg), bar = one("progress", seg);
        if (count) { count.textContent = told.length; bar.value = Math.min(told.length, told.limit); bar.className = "g" + (told.length > told.limit ? " over" : told.length > 0.92 * told.limit ? " mid" : ""); }
        seg.classList.toggle("over", told.faults.length > 0);
        const marks = one(".checks", seg);
        marks.replaceChildren(...[...told.faults.map((f) => ["f", f]), ...told.hints.map((h) => ["w", h])].map(([kind, say]) => {
          const item = document.createElement("li");
          item.className = kind;
          item.textContent = ar ? say.ar : say.en;
          return item;
        }));
        const drawn = all(`#preview-${form.dataset.delivery} .tx, #preview-${form.dataset.delivery} .in`)[seg.dataset.n];
        if (drawn) drawn.innerHTML = told.html;
        one(".saved").textContent = t("لم يُحفظ بعد", "Not saved yet");
        keep(form);
      } catch (error) { toast(error.message, true); }
    }, 120);
  };
  document.addEventListener("input", (event) => { const seg = event.target.closest?.(".seg"); if (seg) check(seg); });
  const number = (form) => all(".seg", form).forEach((seg, n) => { seg.dataset.n = n; one(".no", seg).textContent = n + 1; one("textarea", seg).id = "s" + n; one("label", seg).htmlFor = "s" + n; });
  const split = (seg) => {
    const area = one("textarea", seg), at = area.selectionStart, next = seg.cloneNode(true);
    one("textarea", next).value = area.value.slice(at).trim();
    area.value = area.value.slice(0, at).trim();
    seg.after(next);
    number(seg.form || one("#edit"));
    check(seg); check(next);
    one("textarea", next).focus();
  };
  const join = (seg) => {
    const next = seg.nextElementSibling;
    if (!next?.matches(".seg")) return;
    one("textarea", seg).value += "\n" + one("textarea", next).value;
    next.remove();
    number(one("#edit"));
    check(seg);
  };
  const draft = (form) => "draft/" + form.dataset.delivery;
  const texts = (form) => all("textarea", form).map((area) => area.value);
  const keep = (form) => { try { sessionStorage.setItem(draft(form), JSON.stringify(texts(form))); } catch { /* no room: nothing is kept */ } };
  const save = async (form, by) => {
    const body = new FormData(form, by);
    try {
      const told = await post(form.action, body);
      sessionStorage.removeItem(draft(form));
      if (told?.to) location.href = told.to; else location.reload();
    } catch (error) {
      const box = one(".conflict", form);
      box.hidden = false;
      box.textContent = error.message + (error.conflict ? " " + t("نصك محفوظ في هذه الصفحة.", "Your text is kept on this page.") : "");
      if (error.conflict) {
        const again = document.createElement("a");
        again.href = location.href; again.className = "btn sm"; again.textContent = t("اعرض نص زميلك", "Show your colleague's text");
        box.append(" ", again);
        const words = document.createElement("div");
        words.className = "diff"; words.lang = "ar"; words.dir = "rtl"; words.innerHTML = error.diff || "";
        box.append(words);
      }
    }
  };
  const form = one("#edit");
  if (form) {
    let kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(draft(form))); } catch { /* not ours */ }
    if (kept && JSON.stringify(kept) !== JSON.stringify(texts(form))) {
      const box = one(".conflict", form), back = document.createElement("button");
      box.hidden = false; back.type = "button"; back.className = "btn sm"; back.textContent = t("أعد نصي غير المحفوظ", "Bring back my unsaved text");
      back.onclick = () => { all("textarea", form).forEach((area, n) => { if (kept[n] !== undefined) { area.value = kept[n]; check(area.closest(".seg")); } }); box.hidden = true; };
      box.append(t("لك نص لم يُحفظ من قبل. ", "You have an unsaved text from before. "), back);
    }
  }

  // ---- the calendar: M lifts, arrows move, Enter fixes, Esc returns
  let lifted = null, cell = null;
  const week = one("#week"), hint = one("#cal-hint");
  const put = async (td) => {
    const moved = lifted, there = all("[data-movable]", td).find((each) => each !== moved), body = new FormData();
    drop();
    if (moved.dataset.embargo && moved.dataset.embargo > td.dataset.at) return toast(t("حظر نشرها ينتهي بعد هذا الموعد.", "Its embargo ends later."), true);
    if (moved.dataset.lapses && moved.dataset.lapses < td.dataset.at && !(await confirmed({dataset: {confirm: t("الخبر يسقط قبل هذا الموعد", "It lapses before that time"), confirmText: t("إن نقلته خرج في الموعد الجديد ولو قدُم.", "If you move it, it goes at the new time, old as it may be."), yes: t("انقله", "Move it")}}))) return;
    body.append("edition", moved.dataset.edition);
    if (there) {
      if (!(await confirmed({dataset: {confirm: t("الموعد مشغول", "That time is taken"), confirmText: one("span", there).textContent, yes: t("بدّل الموعدين", "Swap the two")}}))) return;
      body.append("other", there.dataset.id);
      body.append("other_edition", there.dataset.edition);
      return act(`/deliveries/${moved.dataset.id}/swap`, body);
    }
    body.append("at", td.dataset.at);
    body.append("slot", td.dataset.slot);
    act(`/deliveries/${moved.dataset.id}/schedule`, body);
  };
  const drop = () => { lifted?.classList.remove("lift"); cell?.classList.remove("over"); lifted = cell = null; };
  const lift = (event) => { drop(); lifted = event; cell = event.closest("td"); event.classList.add("lift"); cell.classList.add("over"); if (hint) hint.textContent = t("الأسهم تحرّك، Enter يثبّت، Esc يرجع.", "Arrows move, Enter fixes, Esc returns."); };
  const step = (key) => {
    const grid = all("tbody tr", week).map((tr) => all("td", tr));
    let y = grid.findIndex((line) => line.includes(cell)), x = grid[y].indexOf(cell);
    const dx = {ArrowLeft: ar ? 1 : -1, ArrowRight: ar ? -1 : 1}[key] || 0, dy = {ArrowUp: -1, ArrowDown: 1}[key] || 0;
    let why = "";
    for (;;) {
      x += dx; y += dy;
      const next = grid[y]?.[x];
      if (!next) break;
      if ("open" in next.dataset) { cell.classList.remove("over"); cell = next; cell.classList.add("over"); cell.scrollIntoView({block: "nearest", inline: "nearest"}); why = ""; break; }
      why = next.dataset.why;
    }
    if (why) toast(why, true);
    else if (hint && cell.dataset.at) hint.textContent = cell.dataset.at.slice(0, 16).replace("T", " ");
  };
  if (week) {
    one("th.today", week)?.scrollIntoView({block: "nearest", inline: "center"}); // on a phone the week is wider than it
    week.addEventListener("dragstart", (event) => { const ev = event.target.closest("[data-movable]"); if (ev) { drop(); lifted = ev; event.dataTransfer.setData("text/plain", ev.dataset.id); } });
    week.addEventListener("dragover", (event) => { const td = event.target.closest("td[data-open]"); if (lifted && td) { event.preventDefault(); cell?.classList.remove("over"); cell = td; td.classList.add("over"); } });
    week.addEventListener("drop", (event) => { const td = event.target.closest("td[data-open]"); if (lifted && td) { event.preventDefault(); put(td); } });
    week.addEventListener("dragend", drop);
  }

  // ---- keys: the same physical key in both layouts; none while typing
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input:not([type=checkbox]):not([type=radio]),textarea,select");
    if (event.key === "Escape") { if (lifted) { drop(); return event.preventDefault(); } if (typing) return event.target.blur(); if (!one("dialog[open]") && location.pathname !== "/") location.href = "/"; return; }
    if (event.target.matches?.("[role=tab]") && /^Arrow(Left|Right)$/.test(event.key)) {
      const tabs = all("[role=tab]", event.target.parentElement), by = (event.key === "ArrowLeft") === ar ? 1 : -1;
      return tab(tabs[(tabs.indexOf(event.target) + by + tabs.length) % tabs.length]);
    }
    if (typing || one("dialog[open]")) return;
    if (lifted) {
      if (/^Arrow/.test(event.key)) { event.preventDefault(); return step(event.key); }
      if (event.key === "Enter") { event.preventDefault(); const td = cell; return "open" in td.dataset && td !== lifted.closest("td") ? put(td) : drop(); }
    }
    if (event.key === "?") return one("#keys")?.showModal();
    if (event.code === "Slash") { event.preventDefault(); return one("#q")?.focus(); }
    if (event.code === "KeyM" && week) { const ev = document.activeElement.closest?.("[data-movable]") || one("[data-movable]", week); if (ev) { event.preventDefault(); ev.focus(); lift(ev); } return; }
    if ((event.code === "KeyJ" || event.code === "KeyK") && list) {
      const each = rows(), at = each.indexOf(current());
      event.preventDefault();
      const next = each[at + (event.code === "KeyJ" ? 1 : -1)];
      if (next) { next.focus({preventScroll: true}); select(next); }
      return;
    }
    const scope = list ? current() : document;
    const mine = (scope && one(`[data-key=${event.code}]`, scope)) || (event.code === "KeyB" && one("[data-key=KeyB]"));
    if (mine && /^Key[ASHETVB]$/.test(event.code)) { event.preventDefault(); mine.matches("input") ? mine.focus() : mine.click(); }
  });

  // ---- where the reader's clock is another one, both are shown
  const here = one("#here");
  if (here) {
    const iso = here.dataset.at, offset = /([+-])(\d\d):(\d\d)$/.exec(iso), at = new Date(iso);
    const there = offset ? (offset[1] === "-" ? 1 : -1) * (Number(offset[2]) * 60 + Number(offset[3])) : 0;
    if (at.getTimezoneOffset() !== there) {
      const mine = (moment) => moment.toTimeString().slice(0, 5);
      here.hidden = false;
      here.textContent = t("عندك ", "yours ") + mine(new Date());
      setInterval(() => (here.textContent = t("عندك ", "yours ") + mine(new Date())), 15000);
      document.addEventListener("pointerover", (event) => {
        const time = event.target.closest?.("time[datetime]");
        if (time && !time.title) time.title = t("عندك ", "yours ") + mine(new Date(time.dateTime));
      });
    }
  }

  // ---- the newsroom's clock
  const clock = one("#clock");
  if (clock) {
    const [h, m] = clock.textContent.split(":").map(Number), began = Date.now() - (h * 60 + m) * 60000;
    setInterval(() => { const at = Math.floor((Date.now() - began) / 60000) % 1440; clock.textContent = `${String(Math.floor(at / 60)).padStart(2, "0")}:${String(at % 60).padStart(2, "0")}`; }, 15000);
  }
})();
