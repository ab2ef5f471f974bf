type Fields = Record<string, unknown>;

/** `2025-01-15T12:30:00+03:00` from Unix seconds. */
export function at(seconds: number): string {
  return `${new Date((seconds + 10_800) * 1000).toISOString().slice(0, 19)}+03:00`;
}

/** A basket as the API gives it. */
export function basket(change: Fields = {}): Fields {
  return {
    id: 1,
    show_id: 501,
    price: 1500,
    quantity: 1,
    seat_id: 'seat-1',
    barcode: '100000000001',
    checked_at: null,
    deleted_at: null,
    refunded_at: null,
    refunded_amount: null,
    client_email: null,
    client_phone: null,
    client_name: null,
    client_surname: null,
    ...change,
  };
}

/** A paid order as the API gives it, sold at `soldAt` (Unix seconds). Its customer is invented. */
export function order(id: number | string, soldAt: number, change: Fields = {}): Fields {
  return {
    id,
    client_id: 7001,
    event_id: 77,
    payed: true,
    payed_at: at(soldAt),
    created_at: at(soldAt - 300),
    updated_at: at(soldAt),
    deleted_at: null,
    price: 1500,
    original_price: 1500,
    currency_id: 'RUB',
    discount_id: null,
    promo_code_id: null,
    payment_type_id: 'card',
    payment_url: `https://pay.example.test/${id}/open-without-login`,
    cancel_url: `https://pay.example.test/${id}/cancel`,
    utm: [],
    custom: '',
    fields: [],
    integrations: [],
    refunds: [],
    client: {
      email: 'Vera.Petrova@Example.test',
      details: { name: 'Вера', surname: 'Петрова', phone: '+7 900 000-00-01' },
    },
    baskets: [basket({ id: Number(id) * 10 })],
    ...change,
  };
}

/** An event with one show that begins an hour after `soldAt`. */
export function event(id: number, begins: number, change: Fields = {}): Fields {
  return {
    id,
    name: `Концерт ${id}`,
    is_active: 1,
    deleted_at: null,
    city: { id: 1, name: 'Москва', timezone: 'Europe/Moscow' },
    shows: [show(id * 10 + 1, begins)],
    ...change,
  };
}

export function show(id: number, begins: number, change: Fields = {}): Fields {
  return {
    id,
    is_active: 1,
    start_date: at(begins),
    finish_date: at(begins + 7200),
    min_price: 500,
    deleted_at: null,
    scheme_properties: '',
    ...change,
  };
}

/** Seats by id, as `flat` gives them. */
export function seats(places: readonly { max: number | null; free: number | null }[]): Fields {
  return {
    data: Object.fromEntries(
      places.map(({ max, free }, index) => [
        `seat-${index}`,
        {
          ...(max === null ? {} : { max_quantity: max }),
          ...(free === null ? {} : { free_quantity: free }),
          available: (free ?? 0) > 0,
          admission: max !== null && max > 1,
          price: 1500,
        },
      ]),
    ),
  };
}
