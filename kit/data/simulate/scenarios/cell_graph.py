"""A small graph of cell types by hand, with Cell Ontology's names, and words that say what each kind of cell does."""

from __future__ import annotations

ROOT = "cell"

GRAPH: dict[str, tuple[str, str]] = {
    "hematopoietic cell": (ROOT, "hematopoiesis marrow leukocyte integrin cytoskeleton"),
    "lymphocyte": ("hematopoietic cell", "adaptive lymph antigen recognition clonal"),
    "T cell": ("lymphocyte", "thymus costimulation synapse coreceptor tcr"),
    "CD4-positive, alpha-beta T cell": ("T cell", "helper cytokine interleukin class-ii polarization"),
    "naive thymus-derived CD4-positive, alpha-beta T cell": (
        "CD4-positive, alpha-beta T cell",
        "quiescence homing selectin circulation survival",
    ),
    "regulatory T cell": ("CD4-positive, alpha-beta T cell", "tolerance suppression inhibitory forkhead anergy"),
    "CD8-positive, alpha-beta T cell": ("T cell", "cytolysis class-i degranulation memory effector"),
    "mature NK T cell": ("T cell", "lipid glycolipid invariant rapid cd1d"),
    "B cell": ("lymphocyte", "immunoglobulin germinal bcr presentation heavy-chain"),
    "naive B cell": ("B cell", "follicle igd mature unswitched resting"),
    "plasma cell": ("B cell", "secretory antibody unfolded chaperone reticulum"),
    "natural killer cell": ("lymphocyte", "natural-killer innate lectin missing-self granule"),
    "CD16-negative, CD56-bright natural killer cell, human": (
        "natural killer cell",
        "chemokine immunomodulatory ifng tissue-resident proliferative",
    ),
    "CD16-positive, CD56-dim natural killer cell, human": (
        "natural killer cell",
        "fc-receptor antibody-dependent perforin granzyme killing",
    ),
    "myeloid cell": ("hematopoietic cell", "phagocytosis lysosome complement pattern-recognition oxidative"),
    "monocyte": ("myeloid cell", "adhesion extravasation scavenger migration monocyte"),
    "classical monocyte": ("monocyte", "lipopolysaccharide s100 inflammatory toll calprotectin"),
    "non-classical monocyte": ("monocyte", "patrolling fractalkine endothelium-surveillance crawling slan"),
    "dendritic cell": ("myeloid cell", "dendrite priming cross-presentation lamp maturation"),
    "plasmacytoid dendritic cell": ("dendritic cell", "interferon-alpha viral nucleic-acid tlr7 irf7"),
    "epithelial cell": (ROOT, "epithelium keratin junction apical desmosome"),
    "keratinocyte": ("epithelial cell", "cornified barrier filaggrin epidermis stratified"),
    "enterocyte": ("epithelial cell", "absorption microvillus brush-border nutrient transporter"),
    "goblet cell": ("epithelial cell", "mucin mucus glycosylation trefoil gel"),
    "stromal cell": (ROOT, "mesenchyme extracellular-matrix collagen fibril stroma"),
    "fibroblast": ("stromal cell", "elastin fibronectin wound remodelling deposition"),
    "smooth muscle cell": ("stromal cell", "contraction actomyosin calponin tone calcium"),
    "cell of skeletal muscle": ("stromal cell", "sarcomere titin troponin myofibril dystrophin"),
    "endothelial cell": (ROOT, "vessel angiogenesis lumen vegf tight"),
}
"""By the name of each kind of cell but the root: the kind that it is one of, and words of what its genes are for."""

HOUSEKEEPING = (
    "ribosome translation elongation subunit rrna",
    "mitochondrion respiration atp cytochrome oxidation",
    "splicing spliceosome intron snrnp polyadenylation",
    "proteasome ubiquitin degradation ligase turnover",
    "glycolysis glucose pyruvate dehydrogenase metabolism",
    "histone chromatin nucleosome acetylation remodeler",
    "trafficking golgi vesicle coat rab",
    "replication helicase polymerase repair checkpoint",
)
"""Words of what the genes of every cell are for."""


def lineage(name: str) -> list[str]:
    """Return a kind of cell and all that it is one of, the root left out."""
    found = []
    while name != ROOT:
        found.append(name)
        name = GRAPH[name][0]
    return found


def leaves() -> list[str]:
    """Return the kinds of cell of which no other is one, in order."""
    parents = {parent for parent, _ in GRAPH.values()}
    return [name for name in GRAPH if name not in parents]
