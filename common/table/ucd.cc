// SPDX-License-Identifier: Apache-2.0
// The words of UCD1+: the IVOA's list 1.6 of 2024-12-18, by the place that they may stand in.
#include "table/ucd.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"

namespace vo::table {

namespace {

// P: the first word only.
constexpr std::string_view kPrimary =
    "arith.factor arith.grad arith.rate meta meta.abstract meta.bib meta.bib.author "
    "meta.bib.bibcode meta.bib.fig meta.bib.journal meta.bib.page meta.bib.volume "
    "meta.code meta.code.class meta.code.error meta.code.member meta.code.mime "
    "meta.code.multip meta.code.qual meta.code.status meta.cryptic meta.id meta.id.assoc "
    "meta.id.CoI meta.id.cross meta.id.parent meta.id.part meta.id.PI meta.note "
    "meta.number meta.record meta.ref meta.ref.doi meta.ref.epic meta.ref.orcid "
    "meta.ref.pid meta.ref.rorid meta.ref.uri meta.ref.url meta.title meta.unit "
    "meta.version obs.atmos.turbulence.isoplanatic pos.wcs pos.wcs.cdmatrix pos.wcs.crpix "
    "pos.wcs.crval pos.wcs.ctype pos.wcs.naxes pos.wcs.naxis pos.wcs.scale "
    "stat.confidenceLevel stat.correlation stat.covariance stat.error stat.error.sys "
    "stat.fit.chi2 stat.fit.dof stat.fit.goodness stat.fit.residual stat.kurtosis "
    "stat.likelihood stat.mad stat.rank stat.rms stat.skewness stat.snr stat.variance "
    "stat.weight";

// S: any but the first.
constexpr std::string_view kSecondary =
    "arith.diff arith.ratio arith.squared arith.sum arith.variation em em.gamma "
    "em.gamma.hard em.gamma.soft em.IR em.IR.15-30um em.IR.3-4um em.IR.30-60um em.IR.4-8um "
    "em.IR.60-100um em.IR.8-15um em.IR.FIR em.IR.H em.IR.J em.IR.K em.IR.MIR em.IR.NIR "
    "em.line em.line.Brgamma em.line.CO em.line.Halpha em.line.Hbeta em.line.Hdelta "
    "em.line.Hgamma em.line.HI em.line.Lyalpha em.line.OIII em.mm em.mm.100-200GHz "
    "em.mm.1500-3000GHz em.mm.200-400GHz em.mm.30-50GHz em.mm.400-750GHz em.mm.50-100GHz "
    "em.mm.750-1500GHz em.opt em.opt.B em.opt.I em.opt.R em.opt.U em.opt.V em.pw em.radio "
    "em.radio.100-200MHz em.radio.12-30GHz em.radio.1500-3000MHz em.radio.20-100MHz "
    "em.radio.200-400MHz em.radio.20MHz em.radio.3-6GHz em.radio.400-750MHz "
    "em.radio.6-12GHz em.radio.750-1500MHz em.UV em.UV.10-50nm em.UV.100-200nm "
    "em.UV.200-300nm em.UV.50-100nm em.X-ray em.X-ray.hard em.X-ray.medium em.X-ray.soft "
    "instr.beam instr.det instr.filter instr.fov instr.obsty instr.pixel instr.plate "
    "instr.voxel meta.file meta.fits meta.main meta.modelled meta.preview meta.software "
    "meta.table obs obs.atmos obs.atmos.turbulence obs.atmos.wind obs.calib obs.calib.dark "
    "obs.calib.flat obs.exposure obs.field obs.image obs.occult obs.proposal obs.sequence "
    "obs.transit phys.aerosol phys.atmol phys.atmol.collisional phys.atmol.ionization "
    "phys.atmol.level phys.atmol.transition phys.composition phys.cosmology phys.dust "
    "phys.electron phys.mol.rotation phys.mol.vibration phys.particle phys.particle.alpha "
    "phys.particle.neutrino phys.particle.neutron phys.particle.proton phys.phaseSpace "
    "phys.virial pos.barycenter pos.bodycentric pos.bodygraphic pos.bodyrc pos.cartesian "
    "pos.centroid pos.cmb pos.cylindrical pos.earth pos.ecliptic pos.eop pos.errorEllipse "
    "pos.galactic pos.galactocentric pos.geocentric pos.heliocentric pos.lg pos.lsr "
    "pos.spherical pos.supergalactic spect.continuum spect.line src src.calib "
    "src.calib.guideStar src.net stat.fit.omc stat.fwhm stat.interval stat.max stat.mean "
    "stat.median stat.min stat.uncalib";

// Q, E, C, V: the first or a later one.
constexpr std::string_view kBoth =
    "arith arith.zp em.bin em.energy em.freq em.freq.cutoff em.freq.resonance "
    "em.wavenumber em.wl em.wl.central em.wl.effective instr instr.background "
    "instr.bandpass instr.bandwidth instr.baseline instr.calib instr.det.noise "
    "instr.det.psf instr.det.qe instr.dispersion instr.experiment instr.obsty.seeing "
    "instr.offset instr.order instr.param instr.plate.emulsion instr.precision instr.rmsf "
    "instr.saturation instr.scale instr.sensitivity instr.setup instr.skyLevel "
    "instr.skyTemp instr.tel instr.tel.focalLength meta.calibLevel meta.checksum "
    "meta.coverage meta.curation meta.dataset meta.email meta.query meta.ref.ivoid "
    "meta.ucd obs.airMass obs.atmos.extinction obs.atmos.humidity obs.atmos.rain "
    "obs.atmos.refractAngle obs.atmos.water obs.observer obs.param obs.proposal.cycle phot "
    "phot.antennaTemp phot.calib phot.color phot.color.excess phot.color.reddFree "
    "phot.count phot.fluence phot.flux phot.flux.bol phot.flux.density "
    "phot.flux.density.sb phot.flux.sb phot.limbDark phot.mag phot.mag.bc phot.mag.bol "
    "phot.mag.distMod phot.mag.reddFree phot.mag.sb phot.radiance phys phys.absorption "
    "phys.absorption.coeff phys.absorption.gal phys.absorption.opticalDepth phys.abund "
    "phys.abund.Fe phys.abund.X phys.abund.Y phys.abund.Z phys.acceleration phys.albedo "
    "phys.angArea phys.angMomentum phys.angSize phys.angSize.smajAxis "
    "phys.angSize.sminAxis phys.area phys.atmol.branchingRatio phys.atmol.collStrength "
    "phys.atmol.configuration phys.atmol.crossSection phys.atmol.element "
    "phys.atmol.excitation phys.atmol.final phys.atmol.initial phys.atmol.ionStage "
    "phys.atmol.lande phys.atmol.lifetime phys.atmol.lineShift phys.atmol.number "
    "phys.atmol.oscStrength phys.atmol.parity phys.atmol.qn phys.atmol.radiationType "
    "phys.atmol.sWeight phys.atmol.sWeight.nuclear phys.atmol.symmetry phys.atmol.term "
    "phys.atmol.transProb phys.atmol.weight phys.atmol.wOscStrength phys.columnDensity "
    "phys.composition.massLightRatio phys.composition.yield phys.current "
    "phys.current.density phys.damping phys.density phys.density.phaseSpace "
    "phys.dielectric phys.dispMeasure phys.electCharge phys.electField phys.electron.degen "
    "phys.emissivity phys.emissMeasure phys.energy phys.energy.density phys.energy.Gibbs "
    "phys.energy.Helmholtz phys.enthalpy phys.entropy phys.eos phys.excitParam "
    "phys.fluence phys.flux phys.flux.energy phys.gauntFactor phys.gravity "
    "phys.inspiralSpin phys.ionizParam phys.ionizParam.coll phys.ionizParam.rad "
    "phys.luminosity phys.luminosity.fun phys.magAbs phys.magAbs.bol phys.magField "
    "phys.mass phys.mass.inertiaMomentum phys.mass.loss phys.mol phys.mol.dipole "
    "phys.mol.dipole.electric phys.mol.dipole.magnetic phys.mol.dissociation "
    "phys.mol.formationHeat phys.mol.quadrupole phys.mol.quadrupole.electric "
    "phys.polarization phys.polarization.circular phys.polarization.coherency "
    "phys.polarization.linear phys.polarization.rotMeasure phys.polarization.stokes "
    "phys.polarization.stokes.I phys.polarization.stokes.Q phys.polarization.stokes.U "
    "phys.polarization.stokes.V phys.potential phys.pressure phys.recombination.coeff "
    "phys.reflectance phys.reflectance.bidirectional phys.reflectance.bidirectional.df "
    "phys.reflectance.factor phys.refractIndex phys.SFR phys.size phys.size.axisRatio "
    "phys.size.diameter phys.size.radius phys.size.smajAxis phys.size.smedAxis "
    "phys.size.sminAxis phys.temperature phys.temperature.dew phys.temperature.effective "
    "phys.temperature.electron phys.transmission phys.veloc phys.veloc.ang "
    "phys.veloc.dispersion phys.veloc.escape phys.veloc.expansion phys.veloc.microTurb "
    "phys.veloc.orbital phys.veloc.pulsat phys.veloc.rotat phys.veloc.transverse "
    "phys.voltage phys.volume pos pos.angDistance pos.angResolution pos.az pos.az.alt "
    "pos.az.azi pos.az.zd pos.azimuth pos.bodyrc.alt pos.bodyrc.lat pos.bodyrc.lon "
    "pos.cartesian.x pos.cartesian.y pos.cartesian.z pos.cylindrical.azi pos.cylindrical.r "
    "pos.cylindrical.z pos.dirCos pos.distance pos.earth.altitude pos.earth.lat "
    "pos.earth.lon pos.ecliptic.lat pos.ecliptic.lon pos.emergenceAng pos.ephem pos.eq "
    "pos.eq.dec pos.eq.ha pos.eq.ra pos.eq.spd pos.frame pos.galactic.lat pos.galactic.lon "
    "pos.healpix pos.HTM pos.incidenceAng pos.lunar pos.lunar.occult pos.nutation "
    "pos.outline pos.parallax pos.parallax.dyn pos.parallax.phot pos.parallax.spect "
    "pos.parallax.trig pos.phaseAng pos.pm pos.posAng pos.precess pos.projection "
    "pos.resolution pos.spherical.azi pos.spherical.colat pos.spherical.r "
    "pos.supergalactic.lat pos.supergalactic.lon spect spect.binSize spect.dopplerParam "
    "spect.dopplerVeloc spect.dopplerVeloc.opt spect.dopplerVeloc.radio spect.index "
    "spect.line.asymmetry spect.line.broad spect.line.broad.Stark spect.line.broad.Zeeman "
    "spect.line.eqWidth spect.line.intensity spect.line.profile spect.line.strength "
    "spect.line.width spect.resolution src.class src.class.color src.class.distance "
    "src.class.luminosity src.class.richness src.class.starGalaxy src.class.struct "
    "src.density src.ellipticity src.impactParam src.morph src.morph.param "
    "src.morph.scLength src.morph.type src.orbital src.orbital.eccentricity "
    "src.orbital.inclination src.orbital.meanAnomaly src.orbital.meanMotion "
    "src.orbital.node src.orbital.periastron src.orbital.Tisserand src.orbital.TissJ "
    "src.redshift src.redshift.phot src.sample src.spType src.var src.var.amplitude "
    "src.var.index src.var.pulse stat stat.asymmetry stat.falseNegative stat.falsePositive "
    "stat.filling stat.fit stat.fit.param stat.Fourier stat.Fourier.amplitude stat.param "
    "stat.percentile stat.probability stat.stdev stat.value time time.age time.creation "
    "time.crossing time.duration time.end time.epoch time.equinox time.interval "
    "time.lifetime time.period time.period.pulsation time.period.revolution "
    "time.period.rotation time.phase time.processing time.publiYear time.relax "
    "time.release time.resolution time.scale time.start";

struct Word {
    std::string folded;
    std::string_view word;
    bool first = true;
    bool later = true;
};

// In the order of `folded`.
const std::vector<Word>& all_words() {
    static const auto words = [] {
        std::vector<Word> all;
        for (const auto word : split(kPrimary, ' '))
            all.push_back({to_lower(word), word, true, false});
        for (const auto word : split(kSecondary, ' '))
            all.push_back({to_lower(word), word, false, true});
        for (const auto word : split(kBoth, ' '))
            all.push_back({to_lower(word), word, true, true});
        std::sort(all.begin(), all.end(),
                  [](const Word& a, const Word& b) { return a.folded < b.folded; });
        return all;
    }();
    return words;
}

const Word* find_word(std::string_view word) {
    const auto folded = to_lower(word);
    const auto& all = all_words();
    const auto found =
        std::lower_bound(all.begin(), all.end(), folded,
                         [](const Word& a, const std::string& b) { return a.folded < b; });
    return found != all.end() && found->folded == folded ? &*found : nullptr;
}

}  // namespace

std::string find_ucd_fault(std::string_view ucd) {
    bool first = true;
    for (const auto part : split(ucd, ';')) {
        const auto text = trim(part);
        const auto quoted = '"' + std::string(cut_text(text, 60)) + '"';
        const auto* word = find_word(text);
        if (word == nullptr) {
            std::vector<std::string_view> words;
            for (const auto& one : all_words())
                words.push_back(one.word);
            const auto near = nearest(text, words);
            return quoted + " is no word of UCD1+" + (near ? "; did you mean " + *near + "?" : "");
        }
        if (first && !word->first)
            return quoted + " may not be the first word of a UCD, as in \"" +
                   (text == "meta.main" ? "meta.id" : "phot.mag") + ';' + std::string(text) + '"';
        if (!first && !word->later) return quoted + " may be the first word of a UCD only";
        first = false;
    }
    return {};
}

}  // namespace vo::table
