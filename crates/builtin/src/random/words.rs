//! Words that names of pets are made of.

use std::sync::LazyLock;

/// How.
pub(super) static ADVERBS: LazyLock<Vec<&str>> = LazyLock::new(|| split(ADVERBS_TEXT));

/// What kind of.
pub(super) static ADJECTIVES: LazyLock<Vec<&str>> = LazyLock::new(|| split(ADJECTIVES_TEXT));

/// Who.
pub(super) static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| split(NAMES_TEXT));

fn split(text: &'static str) -> Vec<&'static str> {
    text.split_ascii_whitespace().collect()
}

const ADVERBS_TEXT: &str = "ably actively adeptly aptly ardently artfully astutely avidly barely blithely boldly bravely breezily \
    brightly briskly broadly calmly candidly carefully casually cautiously certainly cheerfully cheerily \
    chiefly civilly cleanly clearly cleverly closely coldly colorfully commonly coolly cordially coyly \
    crisply curiously daily daintily daringly dearly decently deeply deftly delicately densely devoutly \
    dimly directly distantly doubly dreamily drily duly dutifully eagerly early earnestly easily elegantly \
    endlessly equally evenly exactly expertly fairly faithfully famously fancifully fervently festively \
    fiercely finally finely firmly fitly fluently fluidly fondly formally frankly freely freshly frugally \
    fully gaily gallantly generously gently gladly gleefully gracefully graciously gradually grandly \
    gratefully greatly handily handsomely happily hardily heartily helpfully highly honestly hopefully \
    hugely humbly ideally idly impishly innately intently jauntily jointly jollily jovially joyfully \
    joyously justly keenly kindly largely lately lavishly lazily leisurely lightly likely lively locally \
    loftily loosely loudly lovingly loyally lucidly luckily lushly madly mainly majestically masterfully \
    meekly mellowly merrily mightily mildly mindfully modestly mostly mutually namely naturally nearly \
    neatly newly nicely nimbly nobly normally notably oddly openly orderly outwardly overly partly patiently \
    peacefully perfectly perkily placidly plainly playfully pleasantly plentifully politely portly precisely \
    presently prettily primly privately promptly properly proudly prudently publicly purely quaintly quickly \
    quietly quirkily radiantly rapidly rarely readily really regally regularly richly rightly robustly \
    rosily roundly royally rustically safely sagely scarcely secretly sedately serenely sharply shiftily \
    shyly silently simply sincerely slightly slowly slyly smartly smoothly snugly softly solely solemnly \
    solidly soundly sparsely speedily spryly squarely stably stately steadily sternly stoutly strictly \
    strongly sturdily suavely subtly suddenly sunnily supremely surely sweetly swiftly tactfully tamely \
    tartly tautly tenderly thickly thinly thriftily tidily tightly timely totally truly trustily twice \
    usefully usually vastly verily vividly wakefully warily warmly watchfully weekly whimsically wholly \
    widely wildly willingly wisely wistfully wittily wryly yearly youthfully zealously zestfully";

const ADJECTIVES_TEXT: &str = "able active adept agile airy alert alpine amber ample ancient apt arctic ardent artful astute autumnal \
    avid azure balmy bashful basic bold bouncy brave breezy brief bright brisk bronze bubbly burly busy calm \
    candid careful caring casual cheerful chief chilly civil classic clean clear clever cloudy coastal \
    cobalt comic copper coral cordial cosmic cozy crafty crimson crisp cunning curious curly dainty dapper \
    daring dashing dear decent deep deft desert dewy direct distant dreamy dusky dusty eager early earnest \
    earthy easy elder electric elegant emerald endless epic equal exact exotic expert fabled fair faithful \
    famous fancy fast feathery festive fierce fiery fine firm fleet floral fluffy flying fond formal \
    fortunate frank free fresh friendly frosty frugal full funny fuzzy gallant garden genial gentle giant \
    gifted gilded glad gleaming glossy golden good gracious grand granite grassy grateful great green hale \
    handy happy hardy harmonic hasty hazel hearty helpful hidden hilly honest hopeful humble icy ideal \
    immense indigo inland intent island ivory jade jaunty jazzy jolly jovial joyful jubilant just keen kind \
    kindred large lasting lavender leafy legendary lemon light lilac limber literate lithe lively lofty lone \
    loyal lucid lucky lunar lush magenta magnetic main majestic maple marble marine meadow mellow merry \
    mighty mild mindful minty misty modern modest moonlit mossy mountain moving musical native natural neat \
    new nice nimble noble nordic notable oaken oceanic olive open optimal orange orderly outdoor patient \
    peaceful pearly perky pine placid plain playful plucky plush polar polite posh prairie precise prime \
    prompt proper proud prudent purple quaint quick quiet quirky radiant rainy rapid rare ready regal \
    relaxed resolute rich river robust rocky rosy round royal ruby russet rustic sacred safe sage sandy \
    sapphire savvy scarlet scenic sedate serene shady sharp shiny shy silent silken silver simple sincere \
    sleek sleepy slim smart smiling smooth snowy snug social soft solar solid sonic sound southern spare \
    sparkling speedy spicy spirited spotted sprightly spring spry square stable starry stately steady \
    stellar sterling still stormy stout striped strong sturdy suave subtle summery sunlit sunny super \
    supreme sure swift tactful talented tall tame tangy tawny tender thankful thrifty tidal tidy tiny topaz \
    tough tranquil tropical true trusty tuneful turquoise twilight upbeat urban useful valiant valid vast \
    velvet verdant versed vibrant violet vital vivid vocal wandering warm wary wealthy western whimsical \
    white wild willing windy winsome wintry wise witty wooden woolly worthy young youthful zany zealous \
    zesty";

const NAMES_TEXT: &str = "aardvark albatross alligator alpaca anchovy anemone angelfish ant anteater antelope ape armadillo \
    axolotl baboon badger barbet barnacle barracuda basilisk bass bat bear beaver bee beetle beluga bison \
    boa boar bobcat bonobo booby buffalo bulldog bullfinch bunting bustard butterfly buzzard caiman camel \
    canary capybara caracal caribou carp cat caterpillar catfish centipede chameleon chamois cheetah \
    chickadee chicken chinchilla chipmunk cicada civet clam cobra cockatoo cod condor coot coral cormorant \
    cougar cow coyote crab crane crayfish cricket crocodile crow cuckoo curlew cuttlefish dachshund deer \
    dingo dipper dog dolphin donkey dormouse dove dragonfly drake duck dugong dunlin eagle earwig echidna \
    eel egret eider eland elephant elk emu ermine falcon fawn ferret finch firefly flamingo flounder fly \
    flycatcher foal fossa fox frog gannet gar gazelle gecko genet gerbil gharial gibbon giraffe glider gnat \
    gnu goat godwit goldfinch goose gopher gorilla goshawk grackle grasshopper grebe grouper grouse guan \
    gull guppy haddock halibut hamster hare harrier hawk hedgehog heron herring hippo hoatzin hoopoe \
    hornbill hornet horse hound hummingbird hyena hyrax ibex ibis iguana impala jacana jackal jackdaw jaguar \
    jay jellyfish junco kangaroo kestrel kingfisher kite kitten kiwi koala koi kookaburra krill kudu \
    ladybird lamb lamprey lapwing lark lemming lemur leopard limpet linnet lion lizard llama lobster loon \
    loris lynx macaque macaw mackerel magpie mallard mammoth manatee mandrill manta mantis markhor marlin \
    marmoset marmot marten meerkat merlin millipede mink minnow mite mole mongoose monkey moose mosquito \
    moth mouse mule mullet muskrat mussel narwhal newt nightingale nightjar numbat nuthatch nutria ocelot \
    octopus okapi opossum orangutan orca oriole oryx osprey ostrich otter owl ox oyster panda pangolin \
    panther parakeet parrot partridge peacock peccary pelican penguin perch petrel pheasant pig pigeon pika \
    pike pintail piranha platypus plover pony porcupine porpoise possum prawn puffin puma pup python quail \
    quetzal quokka quoll rabbit raccoon ram raven ray redstart reindeer rhea rhino roadrunner robin rook \
    rooster sable salamander salmon sandpiper sardine sawfish scallop scorpion seahorse seal serval shark \
    sheep shoveler shrew shrike shrimp siskin skink skua skunk skylark sloth slug snail snake snipe sole \
    sparrow spider sponge spoonbill squid squirrel starfish starling stingray stoat stork sturgeon sunfish \
    swallow swan swift swordfish tadpole tahr takin tamarin tanager tapir tarpon tarsier teal termite tern \
    terrapin thrush tiger tilapia toad tortoise toucan treefrog trout tuatara tuna turaco turkey turnstone \
    turtle urchin viper vole vulture wagtail wallaby walrus warbler warthog wasp waxwing weasel weevil whale \
    whelk whippet whiting wigeon wildcat wolf wolverine wombat woodchuck woodcock woodpecker worm wren yak \
    zebra zebu";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain_and_none_is_there_twice() {
        for words in [&ADVERBS, &ADJECTIVES, &NAMES] {
            assert!(words.is_sorted(), "sorted lists show their duplicates");
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
            assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase())));
            assert!(words.len() > 200);
        }
    }
}
