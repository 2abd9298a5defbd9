"""A recipe of the kit (RECIPE), from files to a checked submission."""

import os

from shared import DATA, KEYS, OUT, save

import kit

run = kit.train(os.environ["RECIPE"], data=DATA, out=OUT, progress=False)
for fold, rows in run.out_of_fold.groupby("fold"):
    save(str(fold), rows.drop(columns=[*KEYS, "fold", "row", "weight"]).to_numpy())
save("test", run.submission.drop(columns="id").to_numpy())
