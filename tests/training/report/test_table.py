import pytest

from pincel.training.report.history import read_history
from pincel.training.report.table import paper_table
from pincel.training.run import Run


@pytest.fixture
def table_of(write_run):
    def make(rows, **options):
        history = read_history(Run.open(write_run(rows, **options)))
        return {row.name: row for row in paper_table(history)}

    return make


def test_a_run_with_the_papers_losses_gets_the_papers_shares(table_of, paper_rows):
    table = table_of(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])
    for name in ("Validation loss G", "L1 loss", "GAN loss", "Training loss G", "Learning rate G / D"):
        assert table[name].best == table[name].paper
    assert table["Training D / validation D"].best == ("0.5160 / 0.6790", "")
    # the paper prints 0.257 and 3.89 % without a sign
    assert table["Gap, training to validation"].best == ("−0.2580", "−3.89 %")
    assert table["Gap, training to validation"].paper == ("0.257", "3.89 %")
    assert (table["Epoch"].best[0], table["Epoch"].last[0], table["Epoch"].paper[0]) == ("2", "3", "16")


def test_without_a_discriminator_its_cells_are_dashes(table_of, step_row, validation_row):
    rows = [step_row(20, loss_g=3.0, cie94=3.0), validation_row(20, 9.0, loss_g=3.3, cie94=3.3)]
    table = table_of(rows)
    assert table["Loss against the target (CIE94)"].best == ("3.300", "100.0 %")
    assert table["GAN loss"].best == ("–", "")
    assert table["Training D / validation D"].best == ("– / –", "")
    assert table["Learning rate G / D"].best == ("0.001 / –", "")
    assert table["Gap, training to validation"].best == ("0.3000", "+10.00 %")


def test_without_a_validation_everything_of_this_run_is_a_dash(table_of, step_row):
    table = table_of([step_row(20, loss_g=3.0, l1=3.0)])
    assert {row.best for row in table.values()} | {row.last for row in table.values()} == {("–", "")}
    assert table["Validation loss G"].paper == ("6.366", "")
