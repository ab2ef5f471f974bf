/** Settings of the load from the Qtickets API. Holds secrets: never kept, never printed as a whole. */
export interface QticketsConfig {
  readonly baseUrl: string;
  readonly token: string | undefined;
  readonly sinceHours: number;
  /** 0: the first run reads no further back than the others. */
  readonly backfillHours: number;
  /** Table that tells whether this is the first run, with or without its database. */
  readonly guardTable: string;
  readonly dryRun: boolean;
  readonly keys: 'id' | 'compat';
  /** Upper case. */
  readonly currency: string;
  readonly partners: {
    readonly baseUrl: string;
    readonly token: string | undefined;
    /** JSON, not yet read. */
    readonly findRequests: string | undefined;
  };
  readonly skip: Readonly<
    Record<
      'clients' | 'price_shades' | 'discounts' | 'promo_codes' | 'barcodes' | 'partner_tickets' | 'inventory',
      boolean
    >
  >;
}
