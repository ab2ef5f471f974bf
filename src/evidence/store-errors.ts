import { messageOf, WitnessError } from '../kernel/errors.ts';

const SENTENCES: Readonly<Record<string, [what: string, next: string]>> = {
  ENOSPC: [
    'The disk is full: evidence could not be kept.',
    'Free some space, or choose another folder for the archives.',
  ],
  EDQUOT: [
    'The disk quota is used up: evidence could not be kept.',
    'Free some space, or choose another folder for the archives.',
  ],
  EFBIG: [
    'A file of the evidence became larger than the file system allows.',
    'Choose another folder for the archives.',
  ],
  EACCES: ['This user may not write the evidence.', 'Choose a folder that this user may write.'],
  EPERM: ['This user may not write the evidence.', 'Choose a folder that this user may write.'],
  EROFS: ['The evidence lies on a file system that is read only.', 'Choose a folder that this user may write.'],
  EEXIST: [
    'A file that is not ours has the name of a file of the evidence.',
    'Let nothing else write into the folder of a run.',
  ],
  ELOOP: ['A link stands where a file of the evidence belongs.', 'Let nothing else write into the folder of a run.'],
  ENOTDIR: [
    'Something that is no folder stands where a folder of the evidence belongs.',
    'Let nothing else write into the folder of a run.',
  ],
  EIO: ['The disk failed while evidence was written.', 'Look at the disk, or choose another folder for the archives.'],
};

/** A failure to keep evidence, as a sentence; exit code 3. */
export function keepingFailed(where: string, thrown: unknown): WitnessError {
  if (thrown instanceof WitnessError) return thrown;
  const code = typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : '';
  const [what, next] = SENTENCES[code] ?? [
    `Evidence could not be kept: ${messageOf(thrown)}`,
    'Look at the folder of the archives, then run again.',
  ];
  return new WitnessError({ code: 'EVIDENCE_NOT_KEPT', what, where, next, exitCode: 3, cause: thrown });
}
