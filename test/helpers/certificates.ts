import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DAY = 86_400_000;

export interface Certificate {
  key: string;
  cert: string;
}

/** A throwaway authority that signs certificates of any validity. */
export interface Authority {
  ca: string;
  /** Paths of PEM files may be needed: everything lies here until `close`. */
  folder: string;
  /** @param days from now, both may be negative */
  sign(names: readonly string[], days?: { from: number; to: number }): Certificate;
  close(): void;
}

const stamp = (days: number) =>
  new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]/g, '').replace(/\.\d+/, '');

export function startAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'chwitness-ca-'));
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test authority');
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'index'), '');
  writeFileSync(join(folder, 'serial'), '01');
  writeFileSync(
    join(folder, 'ca.conf'),
    '[ca]\ndefault_ca=own\n[own]\nnew_certs_dir=new\ndatabase=index\nserial=serial\ndefault_md=sha256\nunique_subject=no\ncopy_extensions=copy\npolicy=any\n[any]\ncommonName=supplied\n',
  );
  let count = 0;
  return {
    folder,
    ca: readFileSync(join(folder, 'ca.pem'), 'utf8'),
    sign(names, days = { from: -1, to: 30 }) {
      count += 1;
      const alt = names.map((name) => `${/^[\d.:]+$/.test(name) ? 'IP' : 'DNS'}:${name}`).join(',');
      const [keyFile, request, cert] = [`${count}.key`, `${count}.csr`, `${count}.pem`];
      const subject = ['-subj', `/CN=${names[0] ?? 'nobody'}`, '-addext', `subjectAltName=${alt}`];
      openssl('req', '-new', ...key, '-keyout', keyFile, '-out', request, ...subject);
      const by = ['-batch', '-notext', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key'];
      openssl('ca', ...by, '-startdate', stamp(days.from), '-enddate', stamp(days.to), '-in', request, '-out', cert);
      return { key: readFileSync(join(folder, keyFile), 'utf8'), cert: readFileSync(join(folder, cert), 'utf8') };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
