/**
 * Begins the live page once the outline of a foot is here.
 */
import { byId, setText } from './dom.js';
import { LivePage } from './live.js';
import { MISSING } from './words.js';

const AGAIN_MS = 5000;

/** Without the outline there is no map; the page says so and tries again. */
async function begin() {
  try {
    const answer = await fetch('/foot.json');
    if (!answer.ok) throw new Error(`foot.json: ${answer.status}`);
    new LivePage(await answer.json()).start();
  } catch (error) {
    console.warn('The page could not begin', error);
    setText(byId('lead'), MISSING.dashboard);
    setTimeout(begin, AGAIN_MS);
  }
}

begin();
// For a word of our own when the dashboard cannot be reached; all else goes on without it.
navigator.serviceWorker?.register('/worker.js').catch((error) => console.warn('No service worker', error));
