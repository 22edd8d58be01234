// Renders every overlay with kubectl and checks what a cluster would refuse, and what it would take in silence:
// each object against the schemas of its kind, keys that no schema knows, selectors, ports, probes, the restricted pod
// standard, secrets and configurations that are named but not there, the configuration of each service by its own
// --check-config, and the network policies against the addresses that those configurations name.
//
// usage: node manifests_test.mjs ROOT NODE_MODULES BIN      exit status 77: kubectl is missing, nothing was checked
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [root, modules, bin] = process.argv.slice(2).map((path) => resolve(path));
const require = createRequire(join(modules, 'x.js'));
const yaml = require('yaml');
const kustomize = join(root, 'deploy/kustomize');

try {
  execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
} catch {
  console.log('SKIPPED: kubectl (1.24 or later) is not installed; the manifests were not checked');
  process.exit(77);
}

let failures = 0;
let checks = 0;
const check = (condition, message) => {
  checks += 1;
  if (condition) return;
  failures += 1;
  console.log(`FAILED: ${message}`);
};

// ---- schemas ------------------------------------------------------------------------------------------------------

// A view of an object that notes which keys a validator asks for: what none asks for, no schema knows.
function watched(value, path, seen) {
  if (value === null || typeof value !== 'object') return value;
  const children = new Map();
  const known = new Set();
  let open = Array.isArray(value);
  seen.push({ value, path, known, isOpen: () => open });
  return new Proxy(value, {
    get(target, key) {
      known.add(key);
      if (!Object.hasOwn(target, key)) return target[key];
      if (!children.has(key)) children.set(key, watched(target[key], `${path}.${String(key)}`, seen));
      return children.get(key);
    },
    ownKeys(target) {
      open = true; // A map with free keys.
      return Reflect.ownKeys(target);
    },
  });
}

async function modelOf(object) {
  const [group, version] = object.apiVersion.includes('/') ? object.apiVersion.split('/') : ['', object.apiVersion];
  const home = { 'monitoring.coreos.com': '@kubernetes-models/prometheus-operator', 'cert-manager.io': '@kubernetes-models/cert-manager' };
  const folder = join(modules, home[group] ?? 'kubernetes-models', group, version);
  const file = join(folder, `${object.kind}.js`);
  return (await import(pathToFileURL(file)))[object.kind];
}

async function checkSchema(object, label) {
  let Model;
  try {
    Model = await modelOf(object);
  } catch {
    check(false, `${label}: there is no ${object.kind} in ${object.apiVersion}`);
    return;
  }
  const seen = [];
  let problem = '';
  try {
    new Model(object).validate();
  } catch (error) {
    problem = error.message;
  }
  check(problem === '', `${label}: ${problem}`);
  // The same validator once more, on the watched view.
  const view = watched(structuredClone(object), '', seen);
  try {
    Model.prototype.validate.call(view);
  } catch {
    // Said above.
  }
  for (const { value, path, known, isOpen } of seen) {
    if (isOpen()) continue;
    for (const key of Object.keys(value)) check(known.has(key), `${label}: unknown key ${path}.${key}`);
  }
}

// That the checks above see what they are for: a misspelt key deep inside, and a value of the wrong type.
async function checkTheChecker() {
  const before = [failures, checks];
  const pod = { containers: [{ name: 'x', image: 'x:1', readinesProbe: {} }] };
  const spec = { replicas: 'two', selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod } };
  const lines = [];
  const log = console.log;
  console.log = (line) => lines.push(line);
  await checkSchema({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' }, spec }, 'probe');
  console.log = log;
  [failures, checks] = before;
  check(lines.some((l) => l.includes('.containers.0.readinesProbe')), 'the checker does not see a misspelt key');
  check(lines.some((l) => l.includes('replicas')), 'the checker does not see a wrong type');
  check(lines.length === 2, `the checker reports ${lines.length} mistakes instead of 2: ${lines}`);
}

// ---- what the objects say of each other -----------------------------------------------------------------------------

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'Job', 'CronJob']);
const podOf = (object) => (object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec.template);
const matches = (selector, labels) =>
  Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value) &&
  (selector?.matchExpressions ?? []).every(({ key, operator, values }) => {
    if (operator === 'In') return values.includes(labels?.[key]);
    if (operator === 'NotIn') return !values.includes(labels?.[key]);
    if (operator === 'Exists') return labels?.[key] !== undefined;
    return labels?.[key] === undefined;
  });

const spoken = ['deploy/README.md', ...readdirSync(join(kustomize, 'components')).map((c) => `deploy/kustomize/components/${c}/kustomization.yaml`)]
  .map((path) => readFileSync(join(root, path), 'utf8')).join('');

// Whoever installs has to be told of it, unless the cluster makes it; nobody else on the node may read it.
function checkSecret(secret, label, all) {
  const made = all.some((o) => o.kind === 'Certificate' && o.spec.secretName === secret.secretName);
  check(made || spoken.includes(`\`${secret.secretName}\``), `${label} is asked for, but nobody says how it is made`);
  check(secret.defaultMode !== undefined && (secret.defaultMode & 0o7) === 0, `${label} may be read by everybody`);
}

function checkPod(object, label, all) {
  const pod = podOf(object).spec;
  const secure = pod.securityContext ?? {};
  check(secure.runAsNonRoot === true && Number.isInteger(secure.runAsUser) && secure.runAsUser > 0, `${label}: runs as root`);
  check(secure.seccompProfile?.type === 'RuntimeDefault', `${label}: no seccomp profile`);
  check(pod.automountServiceAccountToken === false, `${label}: mounts a service account token`);
  check(pod.enableServiceLinks === false, `${label}: takes service links into its environment`);
  check(all.some((o) => o.kind === 'ServiceAccount' && o.metadata.name === pod.serviceAccountName), `${label}: no such service account`);
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC']) check(!pod[key], `${label}: ${key}`);
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const context = container.securityContext ?? {};
    const where = `${label}/${container.name}`;
    check(context.allowPrivilegeEscalation === false, `${where}: privilege escalation`);
    check(context.readOnlyRootFilesystem === true, `${where}: writable root`);
    check(JSON.stringify(context.capabilities?.drop) === '["ALL"]', `${where}: keeps capabilities`);
    check(container.resources?.requests?.cpu && container.resources?.requests?.memory && container.resources?.limits?.memory,
      `${where}: no requests or no memory limit`);
    check(/:.+/.test(container.image) && !container.image.endsWith(':latest'), `${where}: image ${container.image} has no version`);
    for (const mount of container.volumeMounts ?? []) {
      const known = (pod.volumes ?? []).some((v) => v.name === mount.name) ||
        (object.spec.volumeClaimTemplates ?? []).some((v) => v.metadata.name === mount.name);
      check(known, `${where}: mounts ${mount.name}, which is no volume`);
    }
    if (object.kind === 'Deployment' || object.kind === 'StatefulSet') {
      const names = new Set((container.ports ?? []).map((p) => p.name));
      for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
        check(names.has(container[probe]?.httpGet?.port), `${where}: ${probe} asks no port of the container`);
      }
      check(container.livenessProbe?.httpGet?.path === '/healthz', `${where}: liveness looks at dependencies`);
      check(container.readinessProbe?.httpGet?.path === '/readyz', `${where}: readiness does not`);
    }
  }
  const claims = new Set((object.spec.volumeClaimTemplates ?? []).map((c) => c.metadata.name));
  for (const volume of pod.volumes ?? []) {
    if (claims.has(volume.name)) check(false, `${label}: volume ${volume.name} twice`);
    if (volume.configMap) {
      check(all.some((o) => o.kind === 'ConfigMap' && o.metadata.name === volume.configMap.name), `${label}: no ConfigMap ${volume.configMap.name}`);
    }
    if (volume.secret) checkSecret(volume.secret, `${label}: Secret ${volume.secret.secretName}`, all);
    if (volume.emptyDir) check(volume.emptyDir.sizeLimit !== undefined, `${label}: emptyDir ${volume.name} has no limit`);
  }
}

function checkReferences(object, label, all, workloads) {
  const labelsOf = (w) => podOf(w).metadata.labels;
  if (object.kind === 'Service') {
    const target = workloads.filter((w) => matches({ matchLabels: object.spec.selector }, labelsOf(w)));
    check(target.length === 1, `${label}: selects ${target.length} workloads`);
    const ports = new Map((target[0] ? podOf(target[0]).spec.containers.flatMap((c) => c.ports ?? []) : []).map((p) => [p.name, p.containerPort]));
    for (const port of object.spec.ports) check(ports.get(port.targetPort) === port.port, `${label}: port ${port.name} leads to no port of that name and number`);
  }
  if (object.kind === 'PodDisruptionBudget' || object.kind === 'PodMonitor') {
    check(workloads.some((w) => matches(object.spec.selector, labelsOf(w))), `${label}: selects nothing`);
  }
  if (object.kind === 'PodMonitor') {
    for (const endpoint of object.spec.podMetricsEndpoints) {
      const lacking = workloads.filter((w) => matches(object.spec.selector, labelsOf(w)) &&
        !podOf(w).spec.containers.some((c) => (c.ports ?? []).some((p) => p.name === endpoint.port)));
      check(lacking.length === 0, `${label}: ${lacking.map((w) => w.metadata.name)} have no port ${endpoint.port}`);
    }
  }
  if (object.kind === 'HorizontalPodAutoscaler') {
    const target = workloads.find((w) => w.kind === object.spec.scaleTargetRef.kind && w.metadata.name === object.spec.scaleTargetRef.name);
    check(target !== undefined, `${label}: scales nothing`);
    check(target?.spec.replicas === undefined, `${label}: its workload sets replicas too, so that each apply undoes the scaling`);
  }
  if (workloadKinds.has(object.kind) && object.kind !== 'Job' && object.kind !== 'CronJob') {
    check(matches(object.spec.selector, labelsOf(object)), `${label}: does not select its own pods`);
    if (object.kind === 'StatefulSet') {
      check(all.some((o) => o.kind === 'Service' && o.metadata.name === object.spec.serviceName), `${label}: no service ${object.spec.serviceName}`);
    }
  }
}

// ---- configurations -------------------------------------------------------------------------------------------------

// What stands in the files of Secrets, which are not at hand: keys where a service looks at them, else some text.
const secretTexts = { 'dateline-secrets/keys': `${randomBytes(32).toString('base64')}\n` };

// Gives the files of Secrets that a text names a place in the folder.
function withSecrets(text, folder, container, label) {
  return text.replace(/\/etc\/(dateline-[a-z]+)\/([a-z.]+)/g, (path, mount, file) => {
    check(container.volumeMounts.some((m) => m.mountPath === `/etc/${mount}`), `${label}: names ${path}, where nothing is mounted`);
    mkdirSync(join(folder, mount), { recursive: true });
    const place = join(folder, mount, file);
    writeFileSync(place, secretTexts[`${mount}/${file}`] ?? 'host=127.0.0.1 dbname=dateline\n', { mode: 0o600 });
    return place;
  });
}

// What a service was told, by itself: ConfigMap and arguments, through --check-config.
function effectiveConfig(workload, all, label) {
  const pod = podOf(workload).spec;
  const container = pod.containers[0];
  const program = join(bin, `dateline-${workload.spec.selector.matchLabels['app.kubernetes.io/name']}`);
  const folder = mkdtempSync(join(tmpdir(), 'dateline-manifests-'));
  try {
    const volume = pod.volumes.find((v) => v.name === 'config');
    const map = all.find((o) => o.kind === 'ConfigMap' && o.metadata.name === volume?.configMap?.name);
    mkdirSync(join(folder, 'etc'));
    for (const [name, text] of Object.entries(map?.data ?? {})) {
      writeFileSync(join(folder, 'etc', name), withSecrets(text, folder, container, label));
    }
    const args = (container.args ?? []).map((argument) =>
      withSecrets(argument, folder, container, label).replace('--config=/etc/dateline/', `--config=${folder}/etc/`));
    return execFileSync(program, [...args, '--check-config'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    check(false, `${label}: --check-config refuses it: ${error.stderr ?? error.message}`);
    return '';
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Which of our services a configuration names, and at which port.
function calls(config) {
  const found = new Set();
  for (const match of config.matchAll(/"(?:dns:\/\/\/|tcp:\/\/)([a-z0-9.-]+):(\d+)"/g)) {
    const host = match[1].split('.').at(-1) === 'eventbus' ? 'eventbus' : match[1];
    found.add(`${host.split('.')[0]}:${match[2]}`);
  }
  return found;
}

// ---- network policies -----------------------------------------------------------------------------------------------

function allowedEdges(policies, workloads) {
  const egress = new Set();
  const ingress = new Set();
  const named = (selector) => workloads.filter((w) => matches(selector, podOf(w).metadata.labels)).map((w) => w.metadata.name);
  for (const policy of policies) {
    for (const from of named(policy.spec.podSelector)) {
      for (const rule of policy.spec.egress ?? []) {
        for (const to of (rule.to ?? []).filter((p) => p.podSelector && !p.namespaceSelector).flatMap((p) => named(p.podSelector))) {
          for (const port of rule.ports ?? []) egress.add(`${from}->${to}:${port.port}`);
        }
      }
      for (const rule of policy.spec.ingress ?? []) {
        for (const peer of (rule.from ?? []).filter((p) => p.podSelector && !p.namespaceSelector).flatMap((p) => named(p.podSelector))) {
          for (const port of rule.ports ?? []) ingress.add(`${peer}->${from}:${port.port}`);
        }
      }
    }
  }
  return { egress, ingress };
}

function checkNetwork(overlay, policies, workloads, configs) {
  const needed = new Set();
  for (const [name, config] of configs) for (const call of calls(config)) needed.add(`${name}->${call}`);
  const { egress, ingress } = allowedEdges(policies, workloads);
  for (const edge of needed) {
    check(egress.has(edge), `${overlay}: ${edge} is called, but no policy lets it out`);
    check(ingress.has(edge), `${overlay}: ${edge} is called, but no policy lets it in`);
  }
  for (const edge of new Set([...egress, ...ingress])) check(needed.has(edge), `${overlay}: ${edge} is allowed, but nobody calls it`);
  check(policies.some((p) => Object.keys(p.spec.podSelector).length === 0 && p.spec.policyTypes.length === 2), `${overlay}: no default deny`);
}

// ---- all overlays ---------------------------------------------------------------------------------------------------

await checkTheChecker();
for (const overlay of readdirSync(join(kustomize, 'overlays'))) {
  const text = execFileSync('kubectl', ['kustomize', join(kustomize, 'overlays', overlay)], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const all = yaml.parseAllDocuments(text).map((document) => document.toJS());
  const workloads = all.filter((o) => o.kind === 'Deployment' || o.kind === 'StatefulSet');
  const identities = new Set();
  const configs = new Map();
  for (const object of all) {
    const label = `${overlay}: ${object.kind}/${object.metadata.name}`;
    check(!identities.has(`${object.kind}/${object.metadata.name}`), `${label} stands twice`);
    identities.add(`${object.kind}/${object.metadata.name}`);
    await checkSchema(object, label);
    if (object.kind !== 'Namespace') check(object.metadata.namespace === 'dateline', `${label}: in no namespace`);
    if (workloadKinds.has(object.kind)) checkPod(object, label, all);
    checkReferences(object, label, all, workloads);
    if (workloads.includes(object)) configs.set(object.metadata.name, effectiveConfig(object, all, label));
  }
  const space = all.find((o) => o.kind === 'Namespace');
  check(space?.metadata.labels['pod-security.kubernetes.io/enforce'] === 'restricted', `${overlay}: the namespace is not restricted`);
  check(/\n *secrets_key_file = ".+"/.test(configs.get('notification')), `${overlay}: signing secrets are kept as plain text`);
  checkNetwork(overlay, all.filter((o) => o.kind === 'NetworkPolicy'), workloads, configs);
  console.log(`${overlay}: ${all.length} objects, ${workloads.length} workloads`);
}
console.log(`${checks} checks, ${failures} failed`);
process.exit(failures === 0 ? 0 : 1);
