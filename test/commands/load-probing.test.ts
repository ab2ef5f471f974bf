import { expect, test } from 'vitest';
import { redirected } from '../../src/commands/load-probing.ts';

const from = { database: 'shop', table: 'orders' };
const to = { database: 'shop', table: '_chwitness_1' };
const at = (select: string, database = 'shop') => redirected(select, from, to, database);

test('the query of a view reads from the clone, and its columns keep their names', () => {
  expect(at('SELECT orders.id FROM shop.orders WHERE id > 1')).toBe(
    'SELECT orders.id FROM `shop`.`_chwitness_1` AS `orders` WHERE id > 1',
  );
  expect(at('SELECT o.id FROM `shop`.`orders` AS o')).toBe('SELECT o.id FROM `shop`.`_chwitness_1` AS o');
  expect(at('SELECT o.id FROM orders o GROUP BY id')).toBe('SELECT o.id FROM `shop`.`_chwitness_1` o GROUP BY id');
  expect(at("SELECT 'FROM orders', id FROM orders")).toBe(
    "SELECT 'FROM orders', id FROM `shop`.`_chwitness_1` AS `orders`",
  );
});

test('a query that reads from another table is none of the table’s views', () => {
  expect(at('SELECT id FROM shop.order_lines')).toBeUndefined();
  expect(at('SELECT id FROM other.orders')).toBeUndefined();
  expect(at('SELECT id FROM orders', 'other')).toBeUndefined();
});
