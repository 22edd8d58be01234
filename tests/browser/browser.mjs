// Debian's Chromium, driven by playwright-core, with everything off that would look outside.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './suite.mjs';

const require = createRequire(join(process.env.DATELINE_TOOLS ?? join(root, 'build/tools'), 'package.json'));
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export async function openBrowser() {
  // A new browser has a new, empty profile.
  return chromium.launch({
    executablePath: process.env.DATELINE_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    timeout: 120_000,
  });
}

// What axe finds that is serious or critical, as lines to read. The script is put in through the debugger, which the
// page's own policy does not bind.
export async function seriousFindings(page) {
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return result.violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => `${node.target.join(' ')} ${node.failureSummary}`).join(' | ')}`);
}
