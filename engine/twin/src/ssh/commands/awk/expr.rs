//! Reads the expressions of `awk`, from the weakest sign to the strongest; pure.

use super::parse::{Read, Reader};
use super::program::Expr;
use super::token::Token;

impl Reader {
    pub(super) fn expr(&mut self) -> Read<Expr> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("too deep".into());
        }
        let left = self.choice()?;
        let signs = ["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="];
        let found = signs.iter().find(|sign| self.is(sign)).copied();
        let value = match found {
            Some(sign) => {
                if !matches!(left, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
                    return Err("this cannot be assigned to".into());
                }
                self.at += 1;
                self.lines();
                Expr::Assign(sign, Box::new(left), Box::new(self.expr()?))
            }
            None => left,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn choice(&mut self) -> Read<Expr> {
        let cond = self.or()?;
        if !self.take("?") {
            return Ok(cond);
        }
        self.lines();
        let yes = self.expr()?;
        self.lines();
        self.expect(":")?;
        self.lines();
        Ok(Expr::Choice(Box::new(cond), Box::new(yes), Box::new(self.expr()?)))
    }

    fn or(&mut self) -> Read<Expr> {
        let mut left = self.and()?;
        while self.take("||") {
            self.lines();
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Read<Expr> {
        let mut left = self.member()?;
        while self.take("&&") {
            self.lines();
            left = Expr::And(Box::new(left), Box::new(self.member()?));
        }
        Ok(left)
    }

    fn member(&mut self) -> Read<Expr> {
        let mut left = self.matching()?;
        while self.is_name("in") && !self.no_in {
            self.at += 1;
            let Token::Name(array) = self.next() else { return Err("an array expected".into()) };
            left = Expr::In(vec![left], array);
        }
        Ok(left)
    }

    fn matching(&mut self) -> Read<Expr> {
        let mut left = self.comparison()?;
        while self.is("~") || self.is("!~") {
            let not = self.is("!~");
            self.at += 1;
            left = Expr::Match(not, Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Read<Expr> {
        let left = self.concat()?;
        for sign in ["<", "<=", "==", "!=", ">", ">="] {
            if self.is(sign) && !(self.print && sign == ">") {
                self.at += 1;
                return Ok(Expr::Binary(sign, Box::new(left), Box::new(self.concat()?)));
            }
        }
        Ok(left)
    }

    pub(super) fn concat(&mut self) -> Read<Expr> {
        let mut left = self.sum()?;
        loop {
            let goes = match self.peek() {
                Token::Number(_) | Token::Text(_) | Token::Func(_) => true,
                Token::Name(name) => name != "in" && name != "getline",
                Token::Sign(sign) => ["$", "!", "(", "-", "+", "++", "--"].contains(sign),
                _ => false,
            };
            if !goes {
                return Ok(left);
            }
            left = Expr::Concat(Box::new(left), Box::new(self.sum()?));
        }
    }

    fn sum(&mut self) -> Read<Expr> {
        let mut left = self.product()?;
        loop {
            let sign = if self.is("+") {
                "+"
            } else if self.is("-") {
                "-"
            } else {
                return Ok(left);
            };
            self.at += 1;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.product()?));
        }
    }

    fn product(&mut self) -> Read<Expr> {
        let mut left = self.unary()?;
        loop {
            let Some(sign) = ["*", "/", "%"].into_iter().find(|sign| self.is(sign)) else { return Ok(left) };
            self.at += 1;
            left = Expr::Binary(sign, Box::new(left), Box::new(self.unary()?));
        }
    }

    fn unary(&mut self) -> Read<Expr> {
        for (sign, letter) in [("!", '!'), ("-", '-'), ("+", '+')] {
            if self.take(sign) {
                self.depth += 1;
                if self.depth > 100 {
                    return Err("too deep".into());
                }
                let inner = self.unary()?;
                self.depth -= 1;
                return Ok(Expr::Unary(letter, Box::new(inner)));
            }
        }
        self.power()
    }

    fn power(&mut self) -> Read<Expr> {
        let left = self.step()?;
        if self.take("^") || self.take("**") {
            return Ok(Expr::Binary("^", Box::new(left), Box::new(self.unary()?)));
        }
        Ok(left)
    }

    fn step(&mut self) -> Read<Expr> {
        for (sign, by) in [("++", 1.0), ("--", -1.0)] {
            if self.take(sign) {
                return Ok(Expr::Step(by, true, Box::new(self.step()?)));
            }
        }
        let inner = self.primary()?;
        if matches!(inner, Expr::Var(_) | Expr::Field(_) | Expr::Index(..)) {
            for (sign, by) in [("++", 1.0), ("--", -1.0)] {
                if self.take(sign) {
                    return Ok(Expr::Step(by, false, Box::new(inner)));
                }
            }
        }
        Ok(inner)
    }

    fn primary(&mut self) -> Read<Expr> {
        match self.next() {
            Token::Number(number) => Ok(Expr::Number(number)),
            Token::Text(text) => Ok(Expr::Text(text)),
            Token::Regex(text) => Ok(Expr::Regex(text)),
            Token::Sign("$") => {
                let by_step = self.is("++") || self.is("--");
                let inner = if by_step {
                    self.step()?
                } else if self.is("-") {
                    self.unary()?
                } else {
                    self.primary()?
                };
                Ok(Expr::Field(Box::new(inner)))
            }
            Token::Sign("(") => {
                let mut all = self.list(")")?;
                if self.is_name("in") {
                    self.at += 1;
                    let Token::Name(array) = self.next() else { return Err("an array expected".into()) };
                    return Ok(Expr::In(all, array));
                }
                if all.len() == 1 { Ok(all.remove(0)) } else { Err("one value expected in parentheses".into()) }
            }
            Token::Func(name) => {
                if ["system", "getline", "strftime", "gensub", "strtonum"].contains(&name.as_str()) {
                    return Err(format!("`{name}` of awk is not known to the twin"));
                }
                self.expect("(")?;
                Ok(Expr::Call(name, self.list(")")?))
            }
            Token::Name(name) if name == "getline" => Err("`getline` of awk is not known to the twin".into()),
            Token::Name(name) if name == "length" => Ok(Expr::Call(name, Vec::new())),
            Token::Name(name) => {
                if self.take("[") {
                    return Ok(Expr::Index(name, self.list("]")?));
                }
                Ok(Expr::Var(name))
            }
            other => Err(format!("{other:?} was not expected")),
        }
    }
}
