/**
 * Keeps the room System as it is now: what stands there is fetched anew, and said to be old when that fails.
 */

const EVERY_MS = 10_000;
const PATH = '/system';
const OLD = {
  title: 'How it is now is not known',
  lead: 'The dashboard does not answer. What stands below was so before.',
};

async function fetchNow() {
  const answer = await fetch(PATH, { cache: 'no-store', signal: AbortSignal.timeout(EVERY_MS) });
  if (answer.redirected || answer.status === 401 || answer.status === 403) {
    // Signed out, or another role: the page itself must say so.
    location.assign(PATH);
    return null;
  }
  if (!answer.ok) throw new Error(`${PATH}: ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('now');
}

function sayOld() {
  document.querySelector('#now h1').textContent = OLD.title;
  document.querySelector('#now .lead').textContent = OLD.lead;
}

async function renew() {
  if (document.hidden) return;
  try {
    const now = await fetchNow();
    if (now) document.getElementById('now').replaceWith(document.adoptNode(now));
  } catch (error) {
    console.warn('The page could not be renewed', error);
    sayOld();
  }
}

setInterval(renew, EVERY_MS);
document.addEventListener('visibilitychange', renew);
