/**
 * The room Profile: a tap on a zone opens its choices, a choice is drawn on the foot at once. Without this the page is
 * a form with the same choices, and the feet lead to them.
 */
const form = document.getElementById('profile');
const links = new Map([...(form?.querySelectorAll('.pick a') ?? [])].map((link) => [link.dataset.zone, link]));

/** @param {Element} link of a zone on the foot */
const listOf = (link) => document.getElementById(`zone-${link.dataset.zone}`);

for (const link of links.values()) {
  const list = listOf(link);
  link.addEventListener('click', (event) => {
    event.preventDefault();
    list.open = true;
    list.querySelector('input:checked').focus();
  });
  list.addEventListener('toggle', () => mark(link, list));
  mark(link, list);
  list.addEventListener('change', (event) => paint(link, list, event.target));
  // What the browser put back into the form when one came back to the page.
  paint(link, list, list.querySelector('input:checked'));
}

/** Shows on the foot which zone is open in the list. */
function mark(link, list) {
  if (list.open) link.setAttribute('aria-current', 'true');
  else link.removeAttribute('aria-current');
}

/** Shows what is chosen, on the foot and in the list. */
function paint(link, list, radio) {
  const words = radio.closest('label').querySelector('b').textContent;
  link.querySelector('.skin').setAttribute('fill', radio.value === '0' ? 'none' : `url(#k${radio.value})`);
  link.setAttribute('aria-label', `${link.dataset.title}: ${words}`);
  list.querySelector('summary .swatch').className = `swatch k${radio.value}`;
  list.querySelector('.what').textContent = words;
}
