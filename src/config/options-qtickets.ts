import { option } from './option.ts';

const skip = (name: string, what: string) =>
  option({
    kind: 'boolean',
    group: 'qtickets',
    env: [`QTICKETS_SKIP_${name.toUpperCase()}`],
    key: `qtickets.skip_${name}`,
    description: `leave out ${what}: no request is sent for them, and the run notes it`,
    default: false,
  });

/** The load from the Qtickets API (`chwitness load qtickets`). The variables are those of the loader that it takes over from. */
export const QTICKETS_OPTIONS = {
  qticketsUrl: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_BASE_URL', 'QTICKETS_API_BASE_URL'],
    key: 'qtickets.base_url',
    description: 'root of the REST API',
    default: 'https://qtickets.ru/api/rest/v1',
  }),
  qticketsToken: option({
    kind: 'password',
    group: 'qtickets',
    env: ['QTICKETS_TOKEN', 'QTICKETS_API_TOKEN'],
    description: 'token of the REST API; never a flag, never in the configuration file',
  }),
  qticketsSinceHours: option({
    kind: 'hours',
    group: 'qtickets',
    flag: '--since-hours <n>',
    env: ['QTICKETS_SINCE_HOURS', 'QTICKETS_LOOKBACK_HOURS'],
    key: 'qtickets.since_hours',
    description: 'how many hours back the window of a load from the API begins, at least 1',
    default: 24,
  }),
  qticketsBackfillHours: option({
    kind: 'hours',
    group: 'qtickets',
    env: ['QTICKETS_INITIAL_BACKFILL_HOURS'],
    key: 'qtickets.initial_backfill_hours',
    description: 'how far back the first run of a job reads; 0: no further than the others',
    default: 720,
  }),
  qticketsGuardTable: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_BACKFILL_GUARD_TABLE'],
    key: 'qtickets.backfill_guard_table',
    description: 'table of job runs that tells whether this is the first one',
    default: 'meta_job_runs',
  }),
  qticketsDryRun: option({
    kind: 'boolean',
    group: 'qtickets',
    env: ['QTICKETS_DRY_RUN', 'DRY_RUN'],
    description: 'read and transform, write nothing',
  }),
  qticketsKey: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_DEDUP_KEY'],
    key: 'qtickets.dedup_key',
    description:
      'what makes an order the same: id, or compat for the key of the earlier loader (id, event, time, revenue)',
    default: 'id',
  }),
  qticketsCurrency: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_CURRENCY'],
    key: 'qtickets.currency',
    description: 'the one currency whose money is summed in the daily facts',
    default: 'RUB',
  }),
  qticketsPartnersUrl: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_PARTNERS_BASE_URL', 'QTICKETS_PARTNERS_API_BASE_URL'],
    key: 'qtickets.partners_base_url',
    description: 'root of the Partners API',
    default: 'https://qtickets.ru/api/partners/v1',
  }),
  qticketsPartnersToken: option({
    kind: 'password',
    group: 'qtickets',
    env: ['QTICKETS_PARTNERS_TOKEN', 'QTICKETS_PARTNERS_API_TOKEN'],
    description: 'key of the Partners API',
    unset: 'the token of the REST API',
  }),
  qticketsFindRequests: option({
    kind: 'text',
    group: 'qtickets',
    env: ['QTICKETS_PARTNERS_FIND_REQUESTS', 'QTICKETS_PARTNERS_FIND_REQUESTS_JSON'],
    key: 'qtickets.partners_find_requests',
    description: 'what to look for in the Partners API, a JSON list of { filter, event_id, show_id }',
    example: `'[{"filter": {"external_order_id": "A-1"}, "event_id": 77}]'`,
  }),
  qticketsSkipClients: skip('clients', 'clients'),
  qticketsSkipPriceShades: skip('price_shades', 'price shades'),
  qticketsSkipDiscounts: skip('discounts', 'discounts'),
  qticketsSkipPromoCodes: skip('promo_codes', 'promo codes'),
  qticketsSkipBarcodes: skip('barcodes', 'barcodes'),
  qticketsSkipPartnerTickets: skip('partner_tickets', 'partner tickets'),
  qticketsSkipInventory: skip('inventory', 'places of shows'),
} as const;
