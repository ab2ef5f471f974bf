import type { QticketsConfig } from '../model/qtickets-config.ts';
import { OPTIONS } from './options.ts';
import type { Resolver } from './resolver.ts';

function url(resolver: Resolver, option: typeof OPTIONS.qticketsUrl | typeof OPTIONS.qticketsPartnersUrl): string {
  const text = resolver.value(option) ?? option.default;
  const found = resolver.find(option);
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = parsed?.protocol === 'https:' || parsed?.protocol === 'http:';
  if (found && (!isHttp || parsed.username !== '' || parsed.search !== ''))
    resolver.wrong(found, `${found.name} is no root of an API`, `write it like ${option.default}`, 'CONFIG_URL');
  return text;
}

/** Settings of the load from the API; the tokens are there only when they are set. */
export function qticketsOf(resolver: Resolver): QticketsConfig {
  const key = resolver.value(OPTIONS.qticketsKey) ?? OPTIONS.qticketsKey.default;
  const found = resolver.find(OPTIONS.qticketsKey);
  if (found && key !== 'id' && key !== 'compat')
    resolver.wrong(found, `${found.name} is no key of orders`, 'write id or compat');
  const flag = (
    option: typeof OPTIONS.qticketsSkipClients, // every skip flag has its type
  ) => resolver.value(option) ?? false;
  return {
    baseUrl: url(resolver, OPTIONS.qticketsUrl),
    token: resolver.value(OPTIONS.qticketsToken)?.trim(),
    sinceHours: resolver.value(OPTIONS.qticketsSinceHours) ?? OPTIONS.qticketsSinceHours.default,
    backfillHours: resolver.value(OPTIONS.qticketsBackfillHours) ?? OPTIONS.qticketsBackfillHours.default,
    guardTable: resolver.value(OPTIONS.qticketsGuardTable) ?? OPTIONS.qticketsGuardTable.default,
    dryRun: resolver.value(OPTIONS.qticketsDryRun) ?? false,
    keys: key === 'compat' ? 'compat' : 'id',
    currency: (resolver.value(OPTIONS.qticketsCurrency) ?? OPTIONS.qticketsCurrency.default).toUpperCase(),
    partners: {
      baseUrl: url(resolver, OPTIONS.qticketsPartnersUrl),
      token: (resolver.value(OPTIONS.qticketsPartnersToken) ?? resolver.value(OPTIONS.qticketsToken))?.trim(),
      findRequests: resolver.value(OPTIONS.qticketsFindRequests),
    },
    skip: {
      clients: flag(OPTIONS.qticketsSkipClients),
      price_shades: flag(OPTIONS.qticketsSkipPriceShades),
      discounts: flag(OPTIONS.qticketsSkipDiscounts),
      promo_codes: flag(OPTIONS.qticketsSkipPromoCodes),
      barcodes: flag(OPTIONS.qticketsSkipBarcodes),
      partner_tickets: flag(OPTIONS.qticketsSkipPartnerTickets),
      inventory: flag(OPTIONS.qticketsSkipInventory),
    },
  };
}
